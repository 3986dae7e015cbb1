#include "tune/journal.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "base/error.hpp"
#include "store/artifacts.hpp"

namespace kohort {
namespace {

std::filesystem::path fresh_file(const char* name) {
  const auto file = std::filesystem::temp_directory_path() / (std::string{"kohort-"} + name + ".journal");
  std::filesystem::remove(file);
  return file;
}

TEST(SearchJournal, GivesBackEveryBitOfWhatWasAddedBefore) {
  const auto file = fresh_file("bits");
  const std::vector<double> scores{-0.1, 0.0, -0.0, std::numeric_limits<double>::denorm_min(), -1e300};
  {
    SearchJournal journal{file};
    EXPECT_FALSE(journal.find("one"));
    journal.add("one", scores);
    journal.add("two", std::vector{std::nan("")});
    journal.add("none", {});
  }
  const SearchJournal again{file};
  EXPECT_EQ(again.find("one"), scores);
  EXPECT_TRUE(std::signbit(again.find("one")->at(2)));
  EXPECT_TRUE(std::isnan(again.find("two")->at(0)));
  EXPECT_TRUE(again.find("none")->empty());
  EXPECT_FALSE(again.find("three"));
}

TEST(SearchJournal, LeavesOutALineThatWasCutShortAndGoesOnBehindIt) {
  const auto file = fresh_file("cut");
  {
    SearchJournal journal{file};
    journal.add("one", std::vector{1.0});
    journal.add("two", std::vector{2.0});
  }
  const std::string whole = read_file(file);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::ofstream{file, std::ios::binary} << whole.substr(0, size);
    {
      SearchJournal journal{file};
      if (const auto two = journal.find("two")) EXPECT_EQ(*two, std::vector{2.0});
      journal.add("three", std::vector{3.0});
    }
    const SearchJournal again{file};
    EXPECT_EQ(again.find("three"), std::vector{3.0}) << size;
    if (const auto one = again.find("one")) EXPECT_EQ(*one, std::vector{1.0});
  }
}

TEST(SearchJournal, TakesNoChangedByteForAScore) {
  const auto file = fresh_file("changed");
  { SearchJournal{file}.add("one", std::vector{1.0, 2.0}); }
  const std::string whole = read_file(file);
  for (std::size_t at = 1; at + 1 < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = changed[at] == '7' ? '8' : '7';
    std::ofstream{file, std::ios::binary} << changed;
    EXPECT_FALSE(SearchJournal{file}.find("one")) << at;
  }
}

TEST(SearchJournal, IsMadeForItsOwnerOnlyWhenSomethingIsAdded) {
  const auto file = fresh_file("mode");
  SearchJournal journal{file};
  EXPECT_FALSE(std::filesystem::exists(file));
  journal.add("one", {});
  struct stat info {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
}

TEST(SearchJournal, SaysWhereItCannotBeWritten) {
  SearchJournal nowhere{"/dev/null/x.journal"};
  try {
    nowhere.add("one", {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::System);
    EXPECT_EQ(e.where(), "/dev/null/x.journal");
  }
}

}  // namespace
}  // namespace kohort
