// A file of links: /pre and /post int32, /weight float32, in the file's own order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/network/links.hpp"

namespace settle {

/// How many links it says that it has. Throws Error (input).
double count_links(const std::string& path);

/// Throws Error (input), with the file and the data set, for what is not such a file, for neurons out of range, for
/// links that are there twice and, lateral, for pre >= post.
std::shared_ptr<const Links> read_links(const std::string& path, int sources, int targets, bool lateral);

/// In the order of the file, finite and below 512 in size.
std::vector<float> read_link_weights(const std::string& path);

}  // namespace settle
