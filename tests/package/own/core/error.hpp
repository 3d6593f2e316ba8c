// A header of another project.
#pragma once

struct OwnError {
    int code = 7;
};
