#include "store/artifacts.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.hpp"

namespace kohort {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Artifacts : public testing::Test {
 protected:
  Artifacts() {
    root_ = fs::path{testing::TempDir()} / "kohort_artifacts" /
            testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
  }
  fs::path make(ArtifactStore& store, const std::string& key, const std::string& content,
                int* written = nullptr) {
    return store.make({"model", key, none_, none_}, [&](const fs::path& folder) {
      if (written != nullptr) ++*written;
      std::ofstream{folder / "model.json"} << content;
    });
  }
  fs::path root_;
  Json none_ = Json::object();
};

TEST_F(Artifacts, AreMadeOnceAndFoundAgain) {
  int written = 0;
  {
    ArtifactStore store{root_};
    make(store, "k1", "one", &written);
    make(store, "k1", "one", &written);
  }
  ArtifactStore again{root_};
  EXPECT_TRUE(again.find("model", "k1"));
  make(again, "k1", "one", &written);
  EXPECT_EQ(written, 1);
  EXPECT_FALSE(again.find("model", "k2"));
}

TEST_F(Artifacts, DamageIsFoundAndMended) {
  {
    ArtifactStore store{root_};
    make(store, "k1", "whole");
  }
  std::ofstream{root_ / "model" / "k1" / "model.json"} << "whOle";  // same size
  ArtifactStore store{root_};
  EXPECT_FALSE(store.find("model", "k1"));
  EXPECT_EQ(store.damaged(), 1);
  make(store, "k1", "whole");
  EXPECT_EQ(read_file(root_ / "model" / "k1" / "model.json"), "whole");
}

TEST_F(Artifacts, AFailureLeavesNothing) {
  ArtifactStore store{root_};
  EXPECT_THROW(store.make({"model", "k1", none_, none_},
                          [](const fs::path& folder) {
                            std::ofstream{folder / "half"} << "x";
                            throw Error(ErrorKind::Fit, "no fit");
                          }),
               Error);
  EXPECT_FALSE(store.find("model", "k1"));
  for (const auto& entry : fs::directory_iterator(root_ / "model"))
    EXPECT_EQ(entry.path().extension(), ".lock");
}

TEST_F(Artifacts, TwoMakersShareOneResult) {
  std::atomic<int> written{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      ArtifactStore store{root_};  // as another process would
      store.make({"model", "k1", none_, none_}, [&](const fs::path& folder) {
        ++written;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        std::ofstream{folder / "model.json"} << "one";
      });
    });
  }
  threads.clear();
  EXPECT_EQ(written.load(), 1);
}

TEST_F(Artifacts, KeysDependOnContentNotOnTheOrderOfSettings) {
  const Json a{{"alpha", 0.1}, {"seed", 15}}, b{{"seed", 15}, {"alpha", 0.1}},
      c{{"seed", 16}, {"alpha", 0.1}};
  EXPECT_EQ(artifact_key("model", 1, a, none_), artifact_key("model", 1, b, none_));
  EXPECT_NE(artifact_key("model", 1, a, none_), artifact_key("model", 1, c, none_));
  EXPECT_NE(artifact_key("model", 1, a, none_), artifact_key("model", 2, a, none_));
}

}  // namespace
}  // namespace kohort
