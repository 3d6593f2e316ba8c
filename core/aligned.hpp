// Flat arrays that start on a cache line, so that a panel of 16 values never straddles two.
#pragma once

#include <boost/align/aligned_allocator.hpp>
#include <vector>

namespace settle {

template <class T>
using AlignedVector = std::vector<T, boost::alignment::aligned_allocator<T, 64>>;

}  // namespace settle
