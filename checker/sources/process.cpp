#include "sources/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "model/source_scan.h"

extern char** environ;

namespace abicheck {

namespace {

std::string program_path() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "abicheck-sources").native();
}

// The program with a pipe to each side; what it says of its own crashes goes nowhere.
struct Process {
  pid_t id = -1;
  int in = -1;
  int out = -1;
};

bool start(std::vector<std::string> command, int texts, Process& process) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0) return false;
  if (pipe2(out.data(), O_CLOEXEC) != 0) return close(in[0]), close(in[1]), false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  // Were it the same number, it would stay closed on exec: dup2 of a descriptor to itself does nothing.
  const int spare = texts == kTextsDescriptor ? dup(texts) : texts;
  if (texts >= 0) posix_spawn_file_actions_adddup2(&actions, spare, kTextsDescriptor);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int failed = posix_spawn(&process.id, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spare != texts) close(spare);
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
  if (WTERMSIG(status) == SIGPROF) return "it took too long";
  return std::string("it was killed by signal ") + std::to_string(WTERMSIG(status)) + " (" +
         strsignal(WTERMSIG(status)) + ")";
}

// Writing to a program that died is an error to look at, not the end of this one.
void ignore_broken_pipes() {
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken, nullptr);
}

}  // namespace

std::optional<Error> scanner_problem() {
  if (access(program_path().c_str(), X_OK) == 0) return std::nullopt;
  return Error{ErrorCode::kUnsupported,
               "this build has no source scanner (abicheck-sources, which needs LLVM, is not beside abicheck)", ""};
}

std::optional<Conversation> ask_scanner(const std::vector<std::string>& arguments, const std::string& question,
                                        int texts) {
  ignore_broken_pipes();
  std::vector<std::string> command{program_path()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Process process;
  if (!start(std::move(command), texts, process)) return std::nullopt;
  Conversation talk;
  talk.answer = converse(process, question);
  talk.end = end_of(process);
  return talk;
}

}  // namespace abicheck
