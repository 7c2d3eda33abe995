#include "sources/scanner.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "sources/read_observations.h"

extern char** environ;

namespace abicheck {

namespace {

using Json = nlohmann::json;

std::string program_path() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "abicheck-sources").native();
}

std::string absolute(const SourceTree& tree, const std::string& path) {
  return tree.root.empty() ? path : tree.root + "/" + path;
}

// A header of Windows may have any encoding; what clang reads of it stays the same.
std::string job_text(const ScanRequest& request, std::size_t begin, std::size_t end) {
  Json job{{"headers", Json::array()},
           {"targets", request.targets},
           {"references", request.references},
           {"files", Json::object()},
           {"units", Json::array()}};
  for (const HeaderSet& set : request.headers) {
    Json json{{"id", set.id}, {"folder", set.folder}};
    if (set.folder.empty()) json["files"] = std::map<std::string, std::string>(set.files.begin(), set.files.end());
    job["headers"].push_back(std::move(json));
  }
  if (!request.tree->on_disk) {
    for (const auto& [path, text] : request.tree->texts) job["files"][absolute(*request.tree, path)] = text;
  }
  for (std::size_t i = begin; i < end; ++i) {
    const SourceUnit& unit = request.units[i];
    job["units"].push_back({{"path", absolute(*request.tree, unit.path)}, {"arguments", unit.arguments}});
  }
  return job.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The program with a pipe to each side; what it says of its own crashes goes nowhere.
struct Process {
  pid_t id = -1;
  int in = -1;
  int out = -1;
};

bool start(const std::string& program, Process& process) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0) return false;
  if (pipe2(out.data(), O_CLOEXEC) != 0) return close(in[0]), close(in[1]), false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string name = program;
  std::array<char*, 2> arguments{name.data(), nullptr};
  const int failed = posix_spawn(&process.id, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  process.in = in[1];
  process.out = out[0];
  if (failed == 0) return true;
  close(process.in);
  close(process.out);
  return false;
}

// The program reads everything before it answers, so writing first cannot block for ever.
std::string converse(const Process& process, const std::string& question) {
  for (std::size_t done = 0; done < question.size();) {
    const ssize_t count = write(process.in, question.data() + done, question.size() - done);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  close(process.in);
  std::string answer;
  std::array<char, 1 << 16> piece{};
  for (;;) {
    const ssize_t count = read(process.out, piece.data(), piece.size());
    if (count <= 0) break;
    answer.append(piece.data(), static_cast<std::size_t>(count));
  }
  close(process.out);
  return answer;
}

std::string end_of(const Process& process) {
  int status = 0;
  waitpid(process.id, &status, 0);
  if (!WIFSIGNALED(status)) return "it ended with status " + std::to_string(WEXITSTATUS(status));
  if (WTERMSIG(status) == SIGALRM) return "it took too long";
  return std::string("it was killed by signal ") + std::to_string(WTERMSIG(status)) + " (" +
         strsignal(WTERMSIG(status)) + ")";
}

class Runner {
 public:
  explicit Runner(const ScanRequest& request) : request_(request), answers_(request.units.size()) {}

  Result<std::vector<ScannedUnit>> run() {
    program_ = program_path();
    if (access(program_.c_str(), X_OK) != 0)
      return Error{ErrorCode::kUnsupported,
                   "this build has no source scanner (abicheck-sources, which needs LLVM, is not beside abicheck)", ""};
    sigset_t pipe_signal;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);  // threads that are started now have it too
    const std::size_t count = request_.units.size();
    const auto jobs =
        std::clamp<std::size_t>(static_cast<std::size_t>(request_.jobs), 1, std::max<std::size_t>(count, 1));
    constexpr std::size_t kSharesOfJob = 4;  // so that none is left with all the large units
    const std::size_t size = std::max<std::size_t>(1, count / (jobs * kSharesOfJob));
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t begin = next.fetch_add(size); begin < count; begin = next.fetch_add(size))
        run_share(begin, std::min(begin + size, count));
    };
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < jobs; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (!started_) return Error{ErrorCode::kUnreadable, "the source scanner could not be started", program_};
    return std::move(answers_);
  }

 private:
  void run_share(std::size_t begin, std::size_t end) {
    while (begin < end) {
      Process process;
      if (!start(program_, process)) {
        started_ = false;
        return;
      }
      const std::string answer = converse(process, job_text(request_, begin, end));
      const std::string how = end_of(process);
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
      answers_[begin] = {request_.units[begin].path, {}, "the source scanner did not survive it: " + how};
      ++begin;
    }
  }

  const ScanRequest& request_;
  std::vector<ScannedUnit> answers_;
  std::string program_;
  std::atomic<bool> started_{true};
};

}  // namespace

Result<std::vector<ScannedUnit>> run_scanner(const ScanRequest& request) {
  return Runner(request).run();
}

}  // namespace abicheck
