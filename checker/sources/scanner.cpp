#include "sources/scanner.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "sources/process.h"
#include "sources/read_observations.h"

namespace abicheck {

namespace {

using Json = nlohmann::json;

std::string absolute(const SourceTree& tree, const std::string& path) {
  return tree.root.empty() ? path : tree.root + "/" + path;
}

// A file that has no name, and is gone when nobody has it open any more.
class TextsFile {
 public:
  TextsFile() : descriptor_(memfd_create("abicheck-texts", MFD_CLOEXEC)) {}
  TextsFile(const TextsFile&) = delete;
  TextsFile& operator=(const TextsFile&) = delete;
  ~TextsFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  int descriptor() const { return descriptor_; }

  // [offset, size]; the NUL behind a text is not counted.
  Json add(std::string_view text) {
    Json place{size_, text.size()};
    write_all(text);
    write_all(std::string_view("", 1));
    return place;
  }

 private:
  void write_all(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = write(descriptor_, text.data(), text.size());
      if (count <= 0) return;  // the scanner finds the text missing
      text.remove_prefix(static_cast<std::size_t>(count));
      size_ += static_cast<std::size_t>(count);
    }
  }

  int descriptor_;
  std::size_t size_ = 0;
};

// Everything that is the same for all units.
Json common_job(const ScanRequest& request, TextsFile& texts) {
  Json job{{"headers", Json::array()},
           {"targets", request.targets},
           {"references", request.references},
           {"names", request.names},
           {"names_with_line_above", request.names_with_line_above},
           {"seconds", request.seconds},
           {"files", Json::object()},
           {"archive", request.tree->on_disk ? "" : request.tree->root + "/"}};
  for (const HeaderSet& set : request.headers) {
    Json json{{"id", set.id}, {"folder", set.folder}};
    if (set.folder.empty()) {
      json["files"] = Json::object();
      for (const auto& [path, text] : set.files) json["files"][path] = texts.add(text);
    }
    job["headers"].push_back(std::move(json));
  }
  if (!request.tree->on_disk) {
    for (const auto& [path, text] : request.tree->texts) job["files"][absolute(*request.tree, path)] = texts.add(text);
  }
  if (request.tree->on_disk) {
    for (const std::string& path : request.changed)
      job["files"][std::filesystem::absolute(absolute(*request.tree, path)).lexically_normal().native()] =
          texts.add(request.tree->texts.at(path));
  }
  return job;
}

class Runner {
 public:
  explicit Runner(const ScanRequest& request)
      : request_(request), job_(common_job(request, texts_)), answers_(request.units.size()) {}

  Result<std::vector<ScannedUnit>> run() {
    if (std::optional<Error> missing = scanner_problem()) return *missing;
    const std::size_t count = request_.units.size();
    const auto jobs = std::clamp<std::size_t>(request_.jobs, 1, std::max<std::size_t>(count, 1));
    const std::size_t shares = jobs == 1 ? 1 : 4 * jobs;  // so that none is left with all the large units
    const std::size_t size = std::max<std::size_t>(1, count / shares);
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t begin = next.fetch_add(size); begin < count; begin = next.fetch_add(size))
        run_share(begin, std::min(begin + size, count));
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < jobs; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (!started_) return Error{ErrorCode::kUnreadable, "the source scanner could not be started", ""};
    return std::move(answers_);
  }

 private:
  void run_share(std::size_t begin, std::size_t end) {
    while (begin < end) {
      const std::optional<Conversation> talk = ask_scanner({}, job_text(begin, end), texts_.descriptor());
      if (!talk) {
        started_ = false;
        return;
      }
      const std::string& answer = talk->answer;
      for (std::size_t at = 0; begin < end;) {
        const std::size_t line_end = answer.find('\n', at);
        if (line_end == std::string::npos) break;
        auto unit = read_observations(std::string_view(answer).substr(at, line_end - at));
        if (!unit) break;
        answers_[begin] = std::move(*unit);
        answers_[begin].path = request_.units[begin].path;
        ++begin;
        at = line_end + 1;
      }
      if (begin == end) return;
      answers_[begin] = {request_.units[begin].path, {}, "the source scanner did not survive it: " + talk->end};
      ++begin;
    }
  }

  std::string job_text(std::size_t begin, std::size_t end) const {
    Json job = job_;
    job["units"] = Json::array();
    for (std::size_t i = begin; i < end; ++i) {
      const SourceUnit& unit = request_.units[i];
      job["units"].push_back({{"path", absolute(*request_.tree, unit.path)}, {"arguments", unit.arguments}});
    }
    return job.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const ScanRequest& request_;
  TextsFile texts_;
  const Json job_;
  std::vector<ScannedUnit> answers_;
  std::atomic<bool> started_{true};
};

}  // namespace

Result<std::vector<ScannedUnit>> run_scanner(const ScanRequest& request) {
  return Runner(request).run();
}

}  // namespace abicheck
