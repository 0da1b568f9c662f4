// Disks that are small, and disks that fail, for replicas under test.
#ifndef ALTHING_TESTS_PROCESS_MOUNTS_H_
#define ALTHING_TESTS_PROCESS_MOUNTS_H_

#include <string>
#include <vector>

namespace althing {

// A mount namespace of its own for the thread that makes it and for the processes that this starts:
// what is mounted is visible to nobody else, and goes with the process of the test. Everything lies
// in a directory of its own. Of the test's main thread, and made before what is to use it.
class Mounts {
 public:
  // Why there can be none on this machine, in words; else empty.
  static std::string Obstacle();
  // The same for Ext4.
  static std::string LoopObstacle();

  // REQUIRES: there is no obstacle.
  Mounts();
  ~Mounts();
  Mounts(const Mounts&) = delete;
  Mounts& operator=(const Mounts&) = delete;

  // A file system in memory, of so many MiB; its path.
  std::string Tmpfs(const std::string& name, int mib);
  // Gives a Tmpfs another size.
  void Resize(const std::string& name, int mib);
  // An ext4 without a journal, by a loop device upon the file `image`, which is made: so long, but
  // with no more behind it than was written.
  std::string Ext4(const std::string& name, const std::string& image, int mib);

 private:
  std::string MakePoint(const std::string& name);
  // The test fails if it does not end with 0.
  void Run(const std::vector<std::string>& command) const;

  std::string directory_;
  int home_ = -1;  // The namespace of before.
  std::vector<std::string> points_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_MOUNTS_H_
