#include "tests/process/mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/process/process.h"

namespace althing {
namespace {

namespace fs = std::filesystem;

constexpr char kMakeExt4[] = "/usr/sbin/mkfs.ext4";
constexpr char kMount[] = "/usr/bin/mount";

// Of this thread alone from now on.
bool LeaveHome() {
  return unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, "") == 0;
}

std::string SizeOption(int mib) { return absl::StrCat("size=", mib, "m"); }

}  // namespace

std::string Mounts::Obstacle() {
  if (geteuid() != 0) return "needs root to mount";
  bool may = false;
  // In a thread of its own, which takes the namespace with it.
  std::thread([&may] {
    may = LeaveHome() && mount("tmpfs", "/mnt", "tmpfs", 0, SizeOption(1).c_str()) == 0;
  }).join();
  return may ? "" : "needs the permission to make mount namespaces and to mount";
}

std::string Mounts::LoopObstacle() {
  const std::string obstacle = Obstacle();
  if (!obstacle.empty()) return obstacle;
  if (access("/dev/loop-control", R_OK | W_OK) != 0) return "needs loop devices";
  if (access(kMakeExt4, X_OK) != 0) return absl::StrCat("needs ", kMakeExt4, " (e2fsprogs)");
  if (access(kMount, X_OK) != 0) return absl::StrCat("needs ", kMount, " (mount)");
  std::ifstream known("/proc/filesystems");
  const std::string names(std::istreambuf_iterator<char>(known), {});
  return names.find("\text4\n") == std::string::npos ? "needs a kernel with ext4" : "";
}

Mounts::Mounts() : directory_(testing::TempDir() + "althing_mounts.XXXXXX") {
  EXPECT_NE(mkdtemp(directory_.data()), nullptr) << directory_;
  home_ = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
  EXPECT_TRUE(LeaveHome()) << std::strerror(errno);
}

Mounts::~Mounts() {
  std::reverse(points_.begin(), points_.end());
  for (const std::string& point : points_) EXPECT_EQ(umount2(point.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(setns(home_, CLONE_NEWNS), 0) << std::strerror(errno);
  close(home_);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string Mounts::MakePoint(const std::string& name) {
  const std::string path = absl::StrCat(directory_, "/", name);
  EXPECT_TRUE(fs::create_directory(path)) << path;
  points_.push_back(path);
  return path;
}

std::string Mounts::Tmpfs(const std::string& name, int mib) {
  const std::string path = MakePoint(name);
  EXPECT_EQ(mount("tmpfs", path.c_str(), "tmpfs", 0, SizeOption(mib).c_str()), 0) << path;
  return path;
}

void Mounts::Resize(const std::string& name, int mib) {
  const std::string path = absl::StrCat(directory_, "/", name);
  EXPECT_EQ(mount("tmpfs", path.c_str(), "tmpfs", MS_REMOUNT, SizeOption(mib).c_str()), 0) << path;
}

std::string Mounts::Ext4(const std::string& name, const std::string& image, int mib) {
  std::ofstream(image).close();
  fs::resize_file(image, static_cast<uintmax_t>(mib) << 20);
  // Few inodes: their tables alone would fill a small disk beneath.
  Run({kMakeExt4, "-q", "-F", "-O", "^has_journal", "-N", "128", image});
  const std::string path = MakePoint(name);
  Run({kMount, "-o", "loop", image, path});  // The device goes when it is unmounted.
  return path;
}

void Mounts::Run(const std::vector<std::string>& command) const {
  const Finished run = RunToEnd(directory_, command);
  EXPECT_EQ(run.exit_code, 0) << command.front() << ": " << run.err;
}

}  // namespace althing
