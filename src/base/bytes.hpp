#pragma once
// Values as bytes and back, little-endian, every bit kept. Columns of numbers take the fewest bytes that a
// plain layout needs: whole numbers their smallest width, floats with few distinct values a code each.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kohort {

static_assert(std::endian::native == std::endian::little, "bytes are written as they lie in memory");

template <class T>
concept Plain = std::integral<T> || std::floating_point<T>;

/// Appends to `bytes`. The same values give the same bytes.
class ByteWriter {
 public:
  template <Plain T>
  void put(T value) {
    put_all(std::span<const T>{&value, 1});
  }
  /// Cells as they are, without their number.
  template <Plain T>
  void put_all(std::span<const T> cells) {
    bytes.append(reinterpret_cast<const char*>(cells.data()), cells.size_bytes());
  }
  /// Its length (32 bits) and its bytes.
  void put_text(std::string_view text);
  /// One bit each, the first lowest, zeros up to a whole byte.
  void put_bits(const std::vector<bool>& bits);
  /// A width of 0, 1, 2 or 4 bytes, the least that holds all of them, and each in it; 0 when all are 0.
  void put_integers(std::span<const std::uint32_t> values);
  /// Either 0 and every float, or the width of a code (1 or 2), the number of distinct floats (32 bits),
  /// those in order of their bits, and each float's code: whichever is shorter.
  void put_floats(std::span<const float> values);

  std::string bytes;
};

/// Takes values off the front of bytes that may be damaged or hostile. Every member throws Error (data) when
/// the bytes end too early or make no sense, and takes memory in proportion to the bytes alone (a code of one
/// byte becomes a float, a bit becomes a bool).
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <Plain T>
  T take() {
    T value;
    std::memcpy(&value, take_bytes(sizeof(T)).data(), sizeof(T));
    return value;
  }
  template <Plain T>
  std::vector<T> take_all(std::size_t count) {
    const std::string_view from = take_bytes(count, sizeof(T));
    std::vector<T> cells(count);
    if (count > 0) std::memcpy(cells.data(), from.data(), from.size());
    return cells;
  }
  bool take_flag();         // 0 or 1
  std::string take_text();  // UTF-8
  std::vector<bool> take_bits(std::size_t count);
  /// A width of 0 stands for any number of zeros: `count` must be bounded by what is left or was taken.
  std::vector<std::uint32_t> take_integers(std::size_t count);
  std::vector<float> take_floats(std::size_t count);
  /// Throws unless at least so many bytes are left: before numbers that stand for as many things.
  void expect(std::size_t bytes) const;
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view take_bytes(std::size_t count, std::size_t size = 1);
  std::string_view rest_;
};

}  // namespace kohort
