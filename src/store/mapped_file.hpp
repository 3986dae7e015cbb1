#pragma once
// A file seen as memory: read as it is used, one copy for all processes of the machine.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace kohort {

struct MappedFile {
  std::span<const std::byte> bytes;   // starts at a page
  std::shared_ptr<const void> owner;  // unmaps when the last copy goes
};

/// Maps a whole file, read-only. Throws Error (system) when it cannot be opened. The file must not shrink
/// while it is mapped: artifacts never change once they have their name.
MappedFile map_file(const std::filesystem::path& file);

}  // namespace kohort
