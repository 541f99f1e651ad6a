# about: g++: threads, exceptions, filesystem, condition variables, atomics, with sanitizers
# category: languages
# rootfs: languages
# needs: g++
# timeout: 120
cat > t.cc <<'END'
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <numeric>
#include <random>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>
namespace fs = std::filesystem;
int main() {
	std::vector<std::future<long>> f; for (int i = 0; i < 8; i++) f.push_back(std::async(std::launch::async, [i] { long s = 0; for (int k = 0; k < 100000; k++) s += k % (i + 1); return s; }));
	long sum = 0; for (auto &x : f) sum += x.get(); std::cout << sum << "\n";
	try { std::vector<int>{1}.at(5); } catch (const std::out_of_range &) { std::cout << "caught\n"; }
	fs::create_directories("a/b/c"); std::ofstream("a/b/f") << "text"; fs::create_symlink("f", "a/b/l"); fs::copy("a", "d", fs::copy_options::recursive | fs::copy_options::copy_symlinks);
	int n = 0; for (auto &e : fs::recursive_directory_iterator("d")) n += e.is_symlink() ? 100 : 1; std::cout << n << " " << fs::file_size("d/b/f") << " " << fs::canonical("d/b/l") << "\n";
	std::error_code ec; fs::remove("/proc/1", ec); std::cout << bool(ec) << " " << fs::remove_all("a") << " " << (fs::space("/").capacity > 0) << "\n"; fs::last_write_time("d/b/f", fs::file_time_type::clock::now());
	std::mutex m; std::condition_variable cv; bool go = false; std::thread t([&] { std::unique_lock l(m); cv.wait(l, [&] { return go; }); std::cout << "went\n"; }); { std::lock_guard l(m); go = true; } cv.notify_all(); t.join();
	std::random_device rd; std::cout << (rd() != rd()) << " " << (std::thread::hardware_concurrency() > 0) << "\n";
}
END
g++ -std=c++20 -O1 -o t t.cc -pthread && ./t
rm -rf d; g++ -std=c++20 -g -fsanitize=address,undefined -o s t.cc -pthread && ASAN_OPTIONS=detect_leaks=0 ./s > out && tail -1 out
printf '#include <stdlib.h>\nint main() { volatile char *p = (char *)malloc(4); free((void *)p); return p[0]; }\n' > u.cc; g++ -fsanitize=address -o u u.cc 2>/dev/null; ASAN_OPTIONS=detect_leaks=0 ./u 2>&1 | grep -c heap-use-after-free
