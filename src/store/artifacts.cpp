#include "store/artifacts.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/memory.hpp"
#include "kohort_version.hpp"

namespace kohort {
namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

Error disk_error(const std::string& what, const fs::path& file) {
  const int reason = errno;
  const bool full = reason == ENOSPC || reason == EDQUOT;
  return {ErrorKind::System, full ? "the disk is full" : fmt::format("{}: {}", what, std::strerror(reason)),
          file.string(),
          full ? "free some space and run the same command again"
               : "check that the folder exists and is yours to write"};
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    errno = error.value();
    throw disk_error("the folder cannot be made", folder);
  }
}

Json file_list(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  Json list = Json::array();
  for (const fs::path& file : files) {
    list.push_back({{"name", fs::relative(file, folder).generic_string()},
                    {"bytes", fs::file_size(file)},
                    {"xxh3_128", hash_file(file)}});
  }
  return list;
}

/// Folders of processes that died while writing; only ever looked at under the key's lock.
void clear_leftovers(const fs::path& place) {
  const std::string beginning = place.filename().string() + ".partial-";
  for (const auto& entry : fs::directory_iterator(place.parent_path())) {
    if (entry.path().filename().string().starts_with(beginning)) fs::remove_all(entry.path());
  }
}

}  // namespace

std::string artifact_key(const std::string& kind, int revision, const Json& settings, const Json& inputs) {
  const Json whole{{"kind", kind}, {"revision", revision}, {"settings", settings}, {"inputs", inputs}};
  return hash_text(whole.dump());
}

FileLock::FileLock(const fs::path& file) {
  handle_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (handle_ < 0) throw disk_error("the lock cannot be made", file);
  while (::flock(handle_, LOCK_EX) != 0) {
    if (errno != EINTR) throw disk_error("the lock cannot be taken", file);
  }
}

FileLock::~FileLock() { ::close(handle_); }

void write_file(const fs::path& file, std::string_view content) {
  const fs::path partial = file.string() + fmt::format(".partial-{}", ::getpid());
  {
    std::ofstream out{partial, std::ios::binary};
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) {
      const Error error = disk_error("the file cannot be written", file);
      std::error_code ignored;
      fs::remove(partial, ignored);
      throw error;
    }
  }
  fs::rename(partial, file);
}

std::string read_file(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw Error(ErrorKind::System, "the file cannot be read", file.string(),
                "check the path and that the file is readable");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What this process has already verified.
struct ArtifactStore::Seen {
  std::mutex mutex;
  std::set<std::string> whole;
  int damaged = 0;
};

ArtifactStore::ArtifactStore(fs::path root)
    : root_(fs::absolute(std::move(root))), seen_(std::make_shared<Seen>()) {
  make_folder(root_);
  fs::permissions(root_, fs::perms::owner_all);
}

int ArtifactStore::damaged() const {
  const std::lock_guard lock{seen_->mutex};
  return seen_->damaged;
}

fs::path ArtifactStore::place(const std::string& kind, const std::string& key) const {
  return root_ / kind / key;
}

bool ArtifactStore::whole(const fs::path& folder) {
  try {
    const Json manifest = Json::parse(read_file(folder / "manifest.json"));
    for (const Json& file : manifest.at("files")) {
      const fs::path path = folder / file.at("name").get<std::string>();
      if (!fs::exists(path) || fs::file_size(path) != file.at("bytes").get<std::uint64_t>()) return false;
      if (hash_file(path) != file.at("xxh3_128").get<std::string>()) return false;
    }
    return true;
  } catch (const Json::exception&) {
    return false;
  } catch (const Error&) {
    return false;
  }
}

std::optional<fs::path> ArtifactStore::find(const std::string& kind, const std::string& key) {
  const fs::path folder = place(kind, key);
  const std::string name = kind + "/" + key;
  {
    const std::lock_guard lock{seen_->mutex};
    if (seen_->whole.contains(name)) return folder;
  }
  if (!fs::exists(folder)) return std::nullopt;
  const bool good = whole(folder);
  const std::lock_guard lock{seen_->mutex};
  if (good) {
    seen_->whole.insert(name);
    return folder;
  }
  ++seen_->damaged;
  fs::remove_all(folder);
  return std::nullopt;
}

fs::path ArtifactStore::make(const Recipe& recipe, const std::function<void(const fs::path&)>& write) {
  if (auto found = find(recipe.kind, recipe.key)) return *found;
  const fs::path folder = place(recipe.kind, recipe.key);
  make_folder(folder.parent_path());
  const FileLock lock{folder.string() + ".lock"};
  if (auto found = find(recipe.kind, recipe.key)) return *found;  // another process was first
  clear_leftovers(folder);

  const fs::path partial = folder.string() + fmt::format(".partial-{}", ::getpid());
  const auto start = std::chrono::steady_clock::now();
  try {
    make_folder(partial);
    write(partial);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Json manifest{{"kind", recipe.kind},         {"key", recipe.key},
                        {"settings", recipe.settings}, {"inputs", recipe.inputs},
                        {"version", kVersion},         {"files", file_list(partial)},
                        {"seconds", seconds},          {"peak_resident_bytes", peak_resident_bytes()}};
    write_file(partial / "manifest.json", manifest.dump(1) + "\n");
    fs::rename(partial, folder);
  } catch (const fs::filesystem_error& e) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    errno = e.code().value();
    throw disk_error("the artifact cannot be written", folder);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
  const std::lock_guard seen_lock{seen_->mutex};
  seen_->whole.insert(recipe.kind + "/" + recipe.key);
  return folder;
}

}  // namespace kohort
