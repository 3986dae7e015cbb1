#pragma once
// A register store on disk, checked once when opened (docs/formats/store.md).

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "registers/schema.hpp"

namespace kohort {

/// A register store and what it says of itself.
struct RegisterStore {
  std::filesystem::path folder;
  Schema schema;

  /// The content key of one register: its schema and the bytes of its files. Files that are unchanged by
  /// size, time and inode are not read again: <store>/.fingerprints.json remembers them, where the folder may
  /// be written. Throws Error (system) when a file cannot be read.
  std::string fingerprint(std::string_view reg) const;
};

/// Reads <store>/schema.yaml and checks that every register has its files, with the schema's columns and
/// types. Whole numbers may be stored narrower, numbers as FLOAT. Throws Error (data) naming file and column.
RegisterStore open_store(const std::filesystem::path& folder);

}  // namespace kohort
