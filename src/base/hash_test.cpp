#include "base/hash.hpp"

#include <gtest/gtest.h>

namespace kohort {
namespace {

TEST(Hash, DoesNotDependOnThePieces) {
  Hasher hasher;
  hasher.add("koh");
  hasher.add("ort");
  EXPECT_EQ(hasher.digest(), hash_text("kohort"));
  EXPECT_NE(hash_text("kohort"), hash_text("kohorT"));
}

TEST(Hash, IsXxh3128) {  // the published digest of no bytes at all (xxHash 0.8, seed 0)
  EXPECT_EQ(hash_text(""), "99aa06d3014798d86001c324468d497f");
}

}  // namespace
}  // namespace kohort
