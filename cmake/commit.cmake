# Writes the header that names the commit of the sources, at every build, touching it only when it has changed.
#   cmake -D SOURCE=… -D OUTPUT=… -D VERSION=… -D BUILD_TYPE=… -P commit.cmake
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed OR commit STREQUAL "")
    set(commit "unknown")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#pragma once
#define SETTLE_VERSION "@VERSION@"
#define SETTLE_COMMIT "@commit@"
#define SETTLE_BUILD_TYPE "@BUILD_TYPE@"
]])
