#pragma once
// What this process and this machine have of memory.

#include <cstdint>

namespace kohort {

std::uint64_t resident_bytes();       // now in memory, this process; 0 where unknown
std::uint64_t peak_resident_bytes();  // the most it ever was
std::uint64_t available_bytes();      // what the machine (or the control group, if smaller) can still give

}  // namespace kohort
