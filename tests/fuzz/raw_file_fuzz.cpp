// Any bytes are a raw file with its records and malformed lines, or an Error; recoding never depends on the
// pieces.

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "registers/raw_file.hpp"

namespace {

void check_recoding(const std::string& bytes) {
  for (const char* encoding : {"latin-1", "windows-1252", "utf-16"}) {
    kohort::Recoder whole{encoding}, pieces{encoding};
    std::string a = whole.feed(bytes), b;
    a += whole.finish();
    for (std::size_t i = 0; i < bytes.size(); i += 3) b += pieces.feed(std::string_view{bytes}.substr(i, 3));
    b += pieces.finish();
    if (a != b) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kohort;
  namespace fs = std::filesystem;
  static const fs::path folder = fs::temp_directory_path() / ("kohort_fuzz_" + std::to_string(getpid()));
  fs::create_directories(folder);
  const std::string bytes{reinterpret_cast<const char*>(data), size};
  check_recoding(bytes);
  split_csv_line(bytes, ';');
  std::ofstream{folder / "a.csv", std::ios::binary} << bytes;
  RawSource source;
  source.encoding = size % 3 == 0 ? "utf-16" : size % 3 == 1 ? "windows-1252" : "utf-8";
  Session session{{.folders = {folder}, .temp_folder = {}}};
  try {
    const StagedFile staged = stage_file(session, folder / "a.csv", source, folder, "a");
    if (staged.records() <= 0) std::abort();
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data) std::abort();
  }
  return 0;
}
