#include "store/mapped_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "base/error.hpp"

namespace kohort {
namespace {

namespace fs = std::filesystem;

TEST(MappedFile, ShowsTheBytesUntilTheLastOwnerGoes) {
  const fs::path file = fs::path{::testing::TempDir()} / "mapped_file_test.bin";
  std::ofstream{file, std::ios::binary} << std::string(5000, 'x') << "end";
  MappedFile copy;
  {
    const MappedFile mapped = map_file(file);
    copy = mapped;
  }
  ASSERT_EQ(copy.bytes.size(), 5003);
  EXPECT_EQ(std::to_integer<char>(copy.bytes[0]), 'x');
  EXPECT_EQ(std::to_integer<char>(copy.bytes[5002]), 'd');
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(copy.bytes.data()) % 64, 0);
  fs::remove(file);  // still there for those who look at it
  EXPECT_EQ(std::to_integer<char>(copy.bytes[4999]), 'x');
}

TEST(MappedFile, IsEmptyForAnEmptyFileAndNamesAMissingOne) {
  const fs::path file = fs::path{::testing::TempDir()} / "mapped_file_empty.bin";
  std::ofstream{file};
  EXPECT_TRUE(map_file(file).bytes.empty());
  fs::remove(file);
  try {
    map_file(file);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::System);
    EXPECT_EQ(e.where(), file.string());
  }
}

}  // namespace
}  // namespace kohort
