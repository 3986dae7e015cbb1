#include "base/bytes.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kohort {
namespace {

[[noreturn]] void refuse(const char* why) { throw Error(ErrorKind::Data, why); }

template <class T>
void put_as(ByteWriter& out, std::span<const std::uint32_t> values) {
  std::vector<T> narrow(values.size());
  std::ranges::transform(values, narrow.begin(), [](std::uint32_t x) { return static_cast<T>(x); });
  out.put_all(std::span<const T>{narrow});
}

template <class T>
std::vector<std::uint32_t> take_as(ByteReader& from, std::size_t count) {
  const std::vector<T> narrow = from.take_all<T>(count);
  return {narrow.begin(), narrow.end()};
}

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

/// The distinct floats by their bits, ascending; nothing when there are more than a code of 16 bits tells
/// apart.
std::optional<std::vector<std::uint32_t>> few_distinct(std::span<const float> values) {
  constexpr std::size_t kMost = 1 << 16;
  const std::size_t slots =
      4 * std::bit_ceil(std::min(kMost, values.size() + 1));  // never more than half taken
  std::vector<std::uint32_t> slot(slots), distinct;
  std::vector<bool> taken(slots);
  for (const float x : values) {
    std::size_t place = (bits_of(x) * 0x9e3779b97f4a7c15ULL >> 40) % slots;
    while (taken[place] && slot[place] != bits_of(x)) place = (place + 1) % slots;
    if (taken[place]) continue;
    if (distinct.size() == kMost) return std::nullopt;
    taken[place] = true;
    slot[place] = bits_of(x);
    distinct.push_back(slot[place]);
  }
  std::ranges::sort(distinct);
  return distinct;
}

}  // namespace

void ByteWriter::put_text(std::string_view text) {
  put(static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

void ByteWriter::put_bits(const std::vector<bool>& bits) {
  std::vector<std::uint8_t> packed((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i)
    packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | (bits[i] ? 1U << i % 8 : 0U));
  put_all(std::span<const std::uint8_t>{packed});
}

void ByteWriter::put_integers(std::span<const std::uint32_t> values) {
  const std::uint32_t most = values.empty() ? 0 : std::ranges::max(values);
  const std::uint8_t width = most == 0 ? 0 : most <= 0xff ? 1 : most <= 0xffff ? 2 : 4;
  put(width);
  if (width == 1) put_as<std::uint8_t>(*this, values);
  if (width == 2) put_as<std::uint16_t>(*this, values);
  if (width == 4) put_all(values);
}

void ByteWriter::put_floats(std::span<const float> values) {
  const auto distinct = few_distinct(values);
  const std::uint8_t width = distinct && distinct->size() <= 256 ? 1 : 2;
  if (!distinct || 4 + 4 * distinct->size() + width * values.size() >= 4 * values.size()) {
    put(std::uint8_t{0});
    put_all(values);
    return;
  }
  std::vector<std::uint32_t> codes;
  codes.reserve(values.size());
  for (const float x : values)
    codes.push_back(
        static_cast<std::uint32_t>(std::ranges::lower_bound(*distinct, bits_of(x)) - distinct->begin()));
  put(width);
  put(static_cast<std::uint32_t>(distinct->size()));
  put_all(std::span<const std::uint32_t>{*distinct});
  if (width == 1)
    put_as<std::uint8_t>(*this, codes);
  else
    put_as<std::uint16_t>(*this, codes);
}

void ByteReader::expect(std::size_t bytes) const {
  if (rest_.size() < bytes) refuse("it ends too early");
}

std::string_view ByteReader::take_bytes(std::size_t count, std::size_t size) {
  if (count > rest_.size() / size) refuse("it ends too early");
  const std::string_view taken = rest_.substr(0, count * size);
  rest_.remove_prefix(count * size);
  return taken;
}

bool ByteReader::take_flag() {
  const auto flag = take<std::uint8_t>();
  if (flag > 1) refuse("a yes or no is neither");
  return flag == 1;
}

std::string ByteReader::take_text() {
  const auto size = take<std::uint32_t>();
  std::string text{take_bytes(size)};
  if (!is_utf8(text)) refuse("a text is no UTF-8");
  return text;
}

std::vector<bool> ByteReader::take_bits(std::size_t count) {
  const auto packed = take_all<std::uint8_t>(count / 8 + (count % 8 == 0 ? 0 : 1));
  std::vector<bool> bits(count);
  for (std::size_t i = 0; i < count; ++i) bits[i] = (packed[i / 8] >> i % 8 & 1) != 0;
  return bits;
}

std::vector<std::uint32_t> ByteReader::take_integers(std::size_t count) {
  switch (take<std::uint8_t>()) {
    case 0:
      return std::vector<std::uint32_t>(count);
    case 1:
      return take_as<std::uint8_t>(*this, count);
    case 2:
      return take_as<std::uint16_t>(*this, count);
    case 4:
      return take_all<std::uint32_t>(count);
    default:
      refuse("whole numbers have no width of 0, 1, 2 or 4 bytes");
  }
}

std::vector<float> ByteReader::take_floats(std::size_t count) {
  const auto width = take<std::uint8_t>();
  if (width == 0) return take_all<float>(count);
  if (width > 2) refuse("a code has no width of 1 or 2 bytes");
  const auto distinct = take_all<float>(take<std::uint32_t>());
  const auto codes = width == 1 ? take_as<std::uint8_t>(*this, count) : take_as<std::uint16_t>(*this, count);
  std::vector<float> values;
  values.reserve(count);
  for (const std::uint32_t code : codes) {
    if (code >= distinct.size()) refuse("a code stands for no number");
    values.push_back(distinct[code]);
  }
  return values;
}

}  // namespace kohort
