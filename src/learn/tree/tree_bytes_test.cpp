#include "learn/tree/tree_bytes.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "base/error.hpp"
#include "learn/tree/testing.hpp"

namespace kohort {
namespace {

constexpr Objective kObjectives[] = {Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                                     Objective::Tweedie};

std::string bytes_of(const TreeEnsemble& trees) {
  ByteWriter out;
  put_trees(out, trees, mixed_features());
  return out.bytes;
}

TreeEnsemble read(std::string_view bytes, Objective objective) {
  ByteReader from{bytes};
  TreeEnsemble trees = take_trees(from, objective, mixed_features());
  EXPECT_EQ(from.left(), 0);
  return trees;
}

TEST(TreeBytes, ComeBackEqual) {
  for (const Objective objective : kObjectives) {
    for (std::uint64_t seed = 0; seed < 25; ++seed) {
      SCOPED_TRACE(std::string{to_text(objective)} + ", seed " + std::to_string(seed));
      RandomTrees random{objective, mixed_features(), seed, Stream{seed}};
      EXPECT_EQ(read(bytes_of(random.trees), objective), random.trees);
      if (random.trees.roots.empty()) continue;
      random.trees.average = true;
      random.trees.base_score = random.trees.base_margin = 0;
      random.trees.tweedie_variance_power = 1.5;
      EXPECT_EQ(read(bytes_of(random.trees), objective), random.trees);
    }
  }
}

TEST(TreeBytes, KeepEveryFloatToTheBit) {
  RandomTrees random{Objective::SquaredError, mixed_features(), 4, Stream{3}};
  using Limits = std::numeric_limits<float>;
  const std::vector<float> odd{
      Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(), 1.0F / 3, -0.0F, 0.0F,
      16777217.0F,   1e-45F,           3.4e38F};
  for (std::size_t i = 0; i < random.trees.nodes.size(); ++i) {
    TreeNode& node = random.trees.nodes[i];
    node.value = odd[i % 10];
    node.weight = node.left < 0 && i % 2 == 0 ? -node.value : odd[(i + 3) % 10];
    node.cover = odd[(i + 5) % 10];
    if (node.left >= 0) node.gain = odd[(i + 7) % 10];
  }
  const TreeEnsemble again = read(bytes_of(random.trees), Objective::SquaredError);
  ASSERT_EQ(again.nodes.size(), random.trees.nodes.size());
  const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
  for (std::size_t i = 0; i < again.nodes.size(); ++i) {
    const TreeNode &a = again.nodes[i], &b = random.trees.nodes[i];
    EXPECT_EQ(bits(a.value), bits(b.value));
    EXPECT_EQ(bits(a.weight), bits(b.weight));
    EXPECT_EQ(bits(a.cover), bits(b.cover));
    EXPECT_EQ(bits(a.gain), bits(b.gain));
  }
}

/// Leaves of a forest are worth their own mean, but -0 is another float than 0.
TEST(TreeBytes, LeaveOutWeightsThatAreTheLeavesValues) {
  TreeEnsemble trees;
  trees.roots = {0};
  trees.nodes.resize(3);
  trees.nodes[0].left = 1;
  trees.nodes[0].right = 2;
  const std::size_t without = bytes_of(trees).size();
  trees.nodes[1].weight = -0.0F;
  EXPECT_EQ(bytes_of(trees).size(), without + 1 + 2 * 4);
  EXPECT_TRUE(std::signbit(read(bytes_of(trees), Objective::SquaredError).nodes[1].weight));
}

/// Two trees of five nodes: each root split by a set, its left child by a number.
TreeEnsemble two_trees(Objective objective = Objective::SquaredError) {
  TreeEnsemble trees;
  trees.objective = objective;
  trees.base_score = 0.5F;
  trees.nodes.resize(10);
  for (const std::int32_t root : {0, 5}) {
    TreeNode* nodes = &trees.nodes[static_cast<std::size_t>(root)];
    nodes[0] = {.left = root + 1, .right = root + 2, .feature = 1, .first_word = root / 5, .value = 9};
    nodes[1] = {.left = root + 3, .right = root + 4, .feature = 0, .value = 0.5F};
    trees.roots.push_back(static_cast<std::uint32_t>(root));
    trees.levels.push_back(0b101);
  }
  return trees;
}

/// What is said of two trees after `damage`.
template <class Damage>
std::string after(Damage damage, Objective objective = Objective::SquaredError) {
  TreeEnsemble trees = two_trees(objective);
  damage(trees);
  try {
    read(bytes_of(trees), objective);
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::Data);
    return e.problem();
  }
  return "read";
}

TEST(TreeBytes, OfDamagedTreesAreRefused) {
  using Trees = TreeEnsemble;
  EXPECT_EQ(after([](Trees&) {}), "read");
  for (const std::int32_t left : {4, 5, 9, std::numeric_limits<std::int32_t>::max()})
    EXPECT_EQ(after([&](Trees& t) { t.nodes[1].left = left; }), "a node points outside its tree") << left;
  EXPECT_EQ(after([](Trees& t) { t.nodes[1].left = 1; }), "a node points outside its tree") << "itself";
  EXPECT_EQ(after([](Trees& t) { t.nodes[6].left = 9; }), "a node points outside its tree");
  EXPECT_EQ(after([](Trees& t) { t.nodes[1].left = 2; }), "a node has two parents") << "its sibling";
  EXPECT_EQ(after([](Trees& t) { t.nodes[2].left = 3; }), "a node has two parents");
  EXPECT_EQ(after([](Trees& t) { t.levels[0] = 0; }), "a set of levels is empty");
  EXPECT_EQ(after([](Trees& t) { t.levels[1] = 0b1001; }), "a set names a level its feature has not");
  EXPECT_EQ(after([](Trees& t) { t.base_score = 1; }, Objective::Logistic),
            "base_score does not belong to the objective");
  EXPECT_EQ(after([](Trees& t) { t.base_score = std::nanf(""); }), "base_score is no number");
  EXPECT_EQ(after([](Trees& t) { t.tweedie_variance_power = 2; }, Objective::Tweedie),
            "tweedie_variance_power does not lie between 1 and 2");
  EXPECT_EQ(after([](Trees& t) { t = {.average = true, .nodes = {}, .roots = {}, .levels = {}}; }),
            "it is the mean of no trees");
  for (float TreeNode::*number : {&TreeNode::value, &TreeNode::weight, &TreeNode::cover, &TreeNode::gain})
    EXPECT_EQ(after([&](Trees& t) { t.nodes[0].*number = INFINITY; }), "a number is not finite");
}

TEST(TreeBytes, OfUnknownFeaturesAreRefused) {
  const std::string bytes = bytes_of(two_trees());
  ByteReader from{bytes};
  try {
    take_trees(from, Objective::SquaredError, std::vector<XgboostFeature>{{"age"}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.problem(), "a node uses an unknown feature");
  }
}

/// Sizes are held against what is left before anything is made of them.
TEST(TreeBytes, OfHugeSizesAreRefused) {
  ByteWriter out;
  out.put(std::uint8_t{1});            // an average
  out.put(std::uint32_t{0xffffffff});  // trees
  out.put(std::uint8_t{0});            // each of one node
  ByteReader trees{out.bytes};
  EXPECT_THROW(take_trees(trees, Objective::SquaredError, {}), Error);

  out.bytes.clear();
  out.put(std::uint8_t{1});
  out.put(std::uint32_t{1});
  out.put_integers(std::vector<std::uint32_t>{0xffffffff});  // nodes less 1
  ByteReader nodes{out.bytes};
  EXPECT_THROW(take_trees(nodes, Objective::SquaredError, {}), Error);
}

}  // namespace
}  // namespace kohort
