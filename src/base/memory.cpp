#include "base/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace kohort {
namespace {

/// The value of "Name:  123 kB" in a /proc file, in bytes; 0 when absent.
std::uint64_t proc_field(const char* file, const std::string& name) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stoull(line.substr(name.size() + 1)) * 1024;
  }
  return 0;
}

std::uint64_t number_in(const char* file, std::uint64_t otherwise) {
  std::ifstream in{file};
  std::uint64_t value = 0;
  return in >> value ? value : otherwise;
}

}  // namespace

std::uint64_t resident_bytes() { return proc_field("/proc/self/status", "VmRSS"); }
std::uint64_t peak_resident_bytes() { return proc_field("/proc/self/status", "VmHWM"); }

std::uint64_t available_bytes() {
  const std::uint64_t machine = proc_field("/proc/meminfo", "MemAvailable");
  constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t limit = number_in("/sys/fs/cgroup/memory.max", kNone);
  if (limit == kNone) return machine;
  const std::uint64_t used = number_in("/sys/fs/cgroup/memory.current", 0);
  return std::min(machine, limit - std::min(limit, used));
}

void ask_for_large_pages(void* begin, std::size_t bytes) {
  constexpr std::uintptr_t kPage = 4096;
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + kPage - 1) / kPage * kPage,
             last = (reinterpret_cast<std::uintptr_t>(begin) + bytes) / kPage * kPage;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);  // a wish: may fail
}

}  // namespace kohort
