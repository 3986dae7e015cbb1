#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "base/random.hpp"

namespace kohort {
namespace {

template <class Read>
std::string refusal(std::string_view bytes, Read read) {
  ByteReader from{bytes};
  try {
    read(from);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    return e.problem();
  }
  return "read";
}

TEST(Bytes, KeepEveryBit) {
  ByteWriter out;
  out.put(std::uint32_t{0x04030201});
  out.put(-0.0);
  out.put_text("ål");
  EXPECT_EQ(out.bytes, std::string("\1\2\3\4\0\0\0\0\0\0\0\x80\3\0\0\0\xc3\xa5l", 19));
  ByteReader from{out.bytes};
  EXPECT_EQ(from.take<std::uint32_t>(), 0x04030201U);
  EXPECT_TRUE(std::signbit(from.take<double>()));
  EXPECT_EQ(from.take_text(), "ål");
  EXPECT_EQ(from.left(), 0);
}

TEST(Bytes, HoldBitsEightToAByte) {
  ByteWriter out;
  out.put_bits({true, false, false, false, false, false, false, true, false, true});
  EXPECT_EQ(out.bytes, "\x81\x02");
  ByteReader from{out.bytes};
  EXPECT_EQ(from.take_bits(10),
            (std::vector<bool>{true, false, false, false, false, false, false, true, false, true}));
}

TEST(Bytes, HoldWholeNumbersInTheirLeastWidth) {
  for (const auto& [largest, size] : std::vector<std::pair<std::uint32_t, std::size_t>>{
           {0, 1}, {1, 4}, {255, 4}, {256, 7}, {65'535, 7}, {65'536, 13}, {0xffffffff, 13}}) {
    const std::vector<std::uint32_t> values{0, largest, largest / 2};
    ByteWriter out;
    out.put_integers(values);
    EXPECT_EQ(out.bytes.size(), size) << largest;
    ByteReader from{out.bytes};
    EXPECT_EQ(from.take_integers(3), values);
  }
}

std::size_t size_of_floats(const std::vector<float>& values) {
  ByteWriter out;
  out.put_floats(values);
  ByteReader from{out.bytes};
  const std::vector<float> again = from.take_floats(values.size());
  EXPECT_EQ(from.left(), 0);
  EXPECT_EQ(again.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint32_t>(again[i]), std::bit_cast<std::uint32_t>(values[i]));
  return out.bytes.size();
}

/// `count` floats of which `distinct` differ.
std::vector<float> floats(std::size_t count, std::size_t distinct) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i * 7 % distinct) - 0.1F;
  return values;
}

TEST(Bytes, GiveAFloatACodeWhereFewDiffer) {
  EXPECT_EQ(size_of_floats({}), 1);
  EXPECT_EQ(size_of_floats(floats(1000, 256)), 1 + 4 + 4 * 256 + 1000);
  EXPECT_EQ(size_of_floats(floats(1000, 257)), 1 + 4 + 4 * 257 + 2000);
  EXPECT_EQ(size_of_floats(floats(1000, 999)), 1 + 4000) << "codes and numbers would be longer";
  EXPECT_EQ(size_of_floats(floats(200'000, 65'536)), 1 + 4 + 4 * 65'536 + 400'000);
  EXPECT_EQ(size_of_floats(floats(200'000, 65'537)), 1 + 800'000);
  using Limits = std::numeric_limits<float>;
  std::vector<float> odd;
  for (int i = 0; i < 20; ++i)
    odd.insert(odd.end(), {0.0F, -0.0F, Limits::denorm_min(), Limits::max(), Limits::quiet_NaN()});
  EXPECT_EQ(size_of_floats(odd), 1 + 4 + 4 * 5 + 100);
}

TEST(Bytes, OfAnyDamageAreAnError) {
  const auto text = [](ByteReader& from) { from.take_text(); };
  EXPECT_EQ(refusal(std::string_view("\3\0\0\0ab", 6), text), "it ends too early");
  EXPECT_EQ(refusal(std::string_view("\2\0\0\0\xc3(", 6), text), "a text is no UTF-8");
  EXPECT_EQ(refusal("\2", [](ByteReader& from) { from.take_flag(); }), "a yes or no is neither");
  const auto all = [](ByteReader& from) {
    from.take_all<double>(std::numeric_limits<std::size_t>::max() / 8 + 1);
  };
  EXPECT_EQ(refusal("12345678", all), "it ends too early") << "a size that wraps";
  EXPECT_EQ(refusal("1234567", [](ByteReader& from) { from.take_bits(57); }), "it ends too early");
  EXPECT_EQ(refusal("12", [](ByteReader& from) { from.expect(3); }), "it ends too early");
  EXPECT_EQ(refusal("\3aaaaaa", [](ByteReader& from) { from.take_integers(2); }),
            "whole numbers have no width of 0, 1, 2 or 4 bytes");
  const auto floats = [](ByteReader& from) { from.take_floats(2); };
  EXPECT_EQ(refusal("\4aaaaaaaa", floats), "a code has no width of 1 or 2 bytes");
  EXPECT_EQ(refusal(std::string_view("\1\1\0\0\0aaaa\0\1", 11), floats), "a code stands for no number");
  EXPECT_EQ(refusal(std::string_view("\1\xff\xff\xff\xff"
                                     "aaaa",
                                     9),
                    floats),
            "it ends too early");
}

/// Whatever the bytes, reading ends with values or an Error.
TEST(Bytes, OfChanceNeverCrash) {
  for (std::uint64_t trial = 0; trial < 3000; ++trial) {
    const Stream stream{trial};
    std::string bytes;
    for (std::uint64_t i = 0; i < stream.below(0, 40); ++i)
      bytes += static_cast<char>(stream.child("bytes").below(i, stream.below(1, 2) == 0 ? 5 : 256));
    refusal(bytes, [](ByteReader& from) {
      from.take_text();
      from.take_bits(from.take_integers(3)[2]);
      from.take_floats(4);
    });
  }
}

}  // namespace
}  // namespace kohort
