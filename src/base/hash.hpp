#pragma once
// Content keys: XXH3-128 of bytes, written as 32 hexadecimal digits.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kohort {

/// Hashes bytes fed in any pieces; the digest depends on the bytes alone.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text);
  std::string digest() const;  // 32 hexadecimal digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hash_text(std::string_view text);
/// Throws Error (system) when the file cannot be read.
std::string hash_file(const std::filesystem::path& file);

}  // namespace kohort
