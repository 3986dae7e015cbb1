#include "base/document.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace kohort {
namespace {

Node read(std::string text) { return Node::read_text(std::move(text), "study.yaml"); }

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Document, GivesValuesWithTheirTypes) {
  const Node node = read("seed: 15\nshare: 0.25\nname: demo\nyears: [2014, 2015]\nonly: 3\nquiet: true\n");
  EXPECT_EQ(node.at("seed").integer(), 15);
  EXPECT_EQ(node.at("share").number(), 0.25);
  EXPECT_EQ(node.at("name").text(), "demo");
  EXPECT_EQ(node.at("years").integers(), (std::vector<std::int64_t>{2014, 2015}));
  EXPECT_EQ(node.at("only").integers(), (std::vector<std::int64_t>{3}));
  EXPECT_TRUE(node.at("quiet").flag());
  EXPECT_FALSE(node.find("absent"));
}

TEST(Document, ShowsTheLineOfAWrongValue) {
  EXPECT_EQ(message_of([] { read("a: 1\nseed: seven\n").at("seed").integer(); }),
            "study.yaml:2:7: 'seven' is not a whole number\n"
            "    2 | seed: seven\n"
            "      |       ^\n"
            "   mend: write digits, without quotes");
}

TEST(Document, OffersTheNearestKnownKey) {
  EXPECT_EQ(message_of([] {
              read("outcome: {}\nsede: 1\n").only({"seed", "outcome"});
            }),
            "study.yaml:2:1: unknown key 'sede'\n"
            "    2 | sede: 1\n"
            "      | ^\n"
            "   mend: did you mean 'seed'? Known: seed, outcome.");
}

TEST(Document, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(message_of([] { read("seed: 1\nseed: 2\n"); }),
            "study.yaml:2:1: key 'seed' stands here twice\n"
            "    2 | seed: 2\n"
            "      | ^\n"
            "   mend: keep one of the two (YAML would silently take one of them)");
}

TEST(Document, RefusesWhatIsNoText) {
  EXPECT_EQ(message_of([] {
              read(std::string{"\0PAR1", 5});
            }),
            "study.yaml: this is no text file: it holds bytes of zero\n"
            "   mend: give a YAML file saved as UTF-8");
}

TEST(Document, RefusesEndlessNesting) {
  std::string deep(100, '[');
  deep += std::string(100, ']');
  EXPECT_NE(message_of([&] { read(deep); }).find("nested deeper"), std::string::npos);
  EXPECT_NE(message_of([] { read("a: &x [*x]\n"); }).find("study.yaml"), std::string::npos);
}

TEST(Document, CanonicalTextForgetsLayout) {
  EXPECT_EQ(read("b: [1, 2]  # two\na: {d: 'x\"y', c: }\n").canonical(),
            read("a:\n  c: null\n  d: x\"y\nb:\n- 1\n- 2\n").canonical());
  EXPECT_NE(read("a: [1, 2]\n").canonical(), read("a: [12]\n").canonical());
}

TEST(Document, NamesAMissingKeyAtItsParent) {
  EXPECT_NE(
      message_of([] { read("a: {b: 1}\n").at("a").at("c"); }).find("study.yaml:1:4: key 'c' is missing"),
      std::string::npos);
}

}  // namespace
}  // namespace kohort
