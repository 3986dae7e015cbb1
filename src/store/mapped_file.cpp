#include "store/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/error.hpp"

namespace kohort {
namespace {

/// Closes what open gave.
struct Handle {
  int number;
  ~Handle() {
    if (number >= 0) ::close(number);
  }
};

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw Error(ErrorKind::System, std::strerror(errno), file.string(),
              "check that the file is there and readable");
}

}  // namespace

MappedFile map_file(const std::filesystem::path& file) {
  const Handle handle{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  struct stat facts {};
  if (handle.number < 0 || ::fstat(handle.number, &facts) != 0) fail(file);
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return {};
  void* const address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, handle.number, 0);
  if (address == MAP_FAILED) fail(file);
  return {{static_cast<const std::byte*>(address), size},
          {address, [size](const void* mapped) { ::munmap(const_cast<void*>(mapped), size); }}};
}

}  // namespace kohort
