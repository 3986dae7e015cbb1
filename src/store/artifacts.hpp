#pragma once
// The artifact store: every result on disk under its content key, whole or not at all (SPEC O-2).
//   <root>/<kind>/<key>/manifest.json and the files it lists with size and XXH3-128.
// A second process making the same artifact waits for the first and takes its result.

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace kohort {

/// The key of an artifact: XXH3-128 of the canonical JSON {kind, revision, settings, inputs}: keys sorted, no
/// spaces. `revision` is raised by hand whenever the same settings give other content.
std::string artifact_key(const std::string& kind, int revision, const nlohmann::json& settings,
                         const nlohmann::json& inputs);

/// An exclusive lock on a file, held until destroyed; other processes wait. Released by the system when a
/// process dies.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int handle_ = -1;
};

/// Writes text so that `file` holds either its old or its new content, never a part.
void write_file(const std::filesystem::path& file, std::string_view content);
/// Throws Error (system) when it cannot be read.
std::string read_file(const std::filesystem::path& file);

class ArtifactStore {
 public:
  /// Creates the folder when absent, readable by its owner only.
  explicit ArtifactStore(std::filesystem::path root);

  /// What made an artifact, kept in its manifest (never a person's value).
  struct Recipe {
    std::string kind, key;
    const nlohmann::json& settings;
    const nlohmann::json& inputs;
  };

  /// The artifact's folder when it is there and whole. One whose files do not match their checksums is
  /// removed and counted in `damaged()`. Every artifact is verified once per process.
  std::optional<std::filesystem::path> find(const std::string& kind, const std::string& key);

  /// The artifact's folder; when it is not there, `write` fills a temporary folder that is then renamed. A
  /// throw from `write` leaves nothing behind.
  std::filesystem::path make(const Recipe& recipe,
                             const std::function<void(const std::filesystem::path& folder)>& write);

  const std::filesystem::path& root() const { return root_; }
  int damaged() const;

 private:
  std::filesystem::path place(const std::string& kind, const std::string& key) const;
  bool whole(const std::filesystem::path& folder);
  struct Seen;
  std::filesystem::path root_;
  std::shared_ptr<Seen> seen_;
};

}  // namespace kohort
