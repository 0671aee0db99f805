/* Tests of the configuration file: what is read, what is kept, what a full disk does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include "base/log.h"
#include "os/priv_server.h"
#include "priv_act.h"
#include "priv_frame.h"
#include "test_dir.h"
#include "test_net.h"

static char dir[PATH_MAX];
static char path[PATH_MAX + 16];
static char error[PRIV_ERROR];
static char last_log[1024];

static void keep_log(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	snprintf(last_log, sizeof(last_log), "%s", line);
}

static int setup(void **state)
{
	(void)state;
	dir_new(dir);
	snprintf(path, sizeof(path), "%s/c.conf", dir);
	memset(error, 0, sizeof(error));
	memset(last_log, 0, sizeof(last_log));
	log_set_sink(keep_log, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_set_sink(NULL, NULL);
	dir_remove(dir);
	return 0;
}

static bool save(const char *text)
{
	int fd = priv_sealed_memfd(text, strlen(text));
	bool ok = config_save(path, fd, (uint32_t)strlen(text), error);

	close(fd);
	return ok;
}

static void text_is_read_and_cannot_be_changed(void **state)
{
	char text[16] = "";
	int fd;

	(void)state;
	file_write(dir, "c.conf", "hostname a\n", 0600);
	fd = priv_config_open(path, error);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 11);
	assert_string_equal(text, "hostname a\n");
	assert_int_equal(pwrite(fd, "X", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	close(fd);
	assert_string_equal(last_log, "");
}

static void readable_by_others_is_told(void **state)
{
	int fd;

	(void)state;
	file_write(dir, "c.conf", "x", 0644);
	fd = priv_config_open(path, error);
	assert_true(fd >= 0);
	close(fd);
	assert_non_null(strstr(last_log, "others may read"));
	file_write(dir, "c.conf", "x", 0666);
	fd = priv_config_open(path, error);
	assert_true(fd >= 0);
	close(fd);
	assert_non_null(strstr(last_log, "others may write"));
}

static void what_is_not_a_file_is_refused(void **state)
{
	char big[PATH_MAX + 32];

	(void)state;
	assert_int_equal(priv_config_open(path, error), -1);
	assert_non_null(strstr(error, "No such file"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(priv_config_open(path, error), -1);
	assert_non_null(strstr(error, "not a regular file"));
	assert_int_equal(priv_config_open(dir, error), -1);
	assert_non_null(strstr(error, "not a regular file"));
	snprintf(big, sizeof(big), "%s/big", dir);
	file_write(dir, "big", "x", 0600);
	assert_int_equal(truncate(big, PRIV_CONFIG_MAX + 1), 0);
	assert_int_equal(priv_config_open(big, error), -1);
	assert_non_null(strstr(error, "too large"));
}

static void five_versions_are_kept(void **state)
{
	char text[8], name[16];

	(void)state;
	for (int i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), "v%d", i);
		assert_true(save(text));
	}
	assert_string_equal(file_text(dir, "c.conf"), "v8");
	for (int i = 1; i <= CONFIG_VERSIONS; i++) {
		snprintf(name, sizeof(name), "c.conf.%d", i);
		snprintf(text, sizeof(text), "v%d", 8 - i);
		assert_string_equal(file_text(dir, name), text);
	}
	assert_int_equal(dir_count(dir), 1 + CONFIG_VERSIONS);
}

static mode_t mode_of(const char *suffix)
{
	char name[PATH_MAX + 32];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(stat(name, &st), 0);
	return st.st_mode & 07777;
}

static void nobody_else_may_read_what_is_saved(void **state)
{
	mode_t old = umask(0);

	(void)state;
	file_write(dir, "c.conf", "old", 0644);
	assert_true(save("new"));
	umask(0777);
	assert_true(save("newer"));
	umask(old);
	assert_int_equal(mode_of(""), 0600);
	assert_int_equal(mode_of(".1"), 0600);
	assert_int_equal(mode_of(".2"), 0600);
}

static void a_link_is_followed_and_stays(void **state)
{
	char real[PATH_MAX + 16];
	struct stat st;

	(void)state;
	snprintf(real, sizeof(real), "%s/real", dir);
	file_write(dir, "real", "old", 0600);
	assert_int_equal(symlink(real, path), 0);
	assert_true(save("new"));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_string_equal(file_text(dir, "real"), "new");
	assert_string_equal(file_text(dir, "real.1"), "old");
}

static void a_trap_at_the_temporary_name_is_not_used(void **state)
{
	char temp[PATH_MAX + 32], victim[PATH_MAX + 16];

	(void)state;
	snprintf(temp, sizeof(temp), "%s.new", path);
	snprintf(victim, sizeof(victim), "%s/victim", dir);
	file_write(dir, "victim", "mine", 0600);
	assert_int_equal(symlink(victim, temp), 0);
	assert_true(save("text"));
	assert_string_equal(file_text(dir, "victim"), "mine");
	assert_string_equal(file_text(dir, "c.conf"), "text");
}

static void only_sealed_text_of_the_right_length_is_taken(void **state)
{
	int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING), p[2];

	(void)state;
	file_write(dir, "c.conf", "old", 0600);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_false(config_save(path, fd, 3, error));
	assert_non_null(strstr(error, "sealed"));
	close(fd);
	assert_int_equal(pipe(p), 0);
	assert_false(config_save(path, p[0], 3, error));
	close(p[0]);
	close(p[1]);
	fd = priv_sealed_memfd("abc", 3);
	assert_false(config_save(path, fd, 4, error));
	assert_non_null(strstr(error, "3 octets, want 4"));
	close(fd);
	fd = priv_sealed_memfd("a\0c", 3);
	assert_false(config_save(path, fd, 3, error));
	close(fd);
	assert_string_equal(file_text(dir, "c.conf"), "old");
	assert_int_equal(dir_count(dir), 1);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	static char big[200001];

	(void)state;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("sekisho-test", dir, "tmpfs", 0, "size=64k") != 0)
		skip();
	assert_true(save("old"));
	memset(big, 'x', sizeof(big) - 1);
	assert_false(save(big));
	assert_non_null(strstr(error, "No space left"));
	assert_string_equal(file_text(dir, "c.conf"), "old");
	assert_int_equal(dir_count(dir), 1);
	assert_true(save("newer"));
	dir_empty(dir);
	assert_int_equal(umount(dir), 0);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(text_is_read_and_cannot_be_changed),
		T(readable_by_others_is_told),
		T(what_is_not_a_file_is_refused),
		T(five_versions_are_kept),
		T(nobody_else_may_read_what_is_saved),
		T(a_link_is_followed_and_stays),
		T(a_trap_at_the_temporary_name_is_not_used),
		T(only_sealed_text_of_the_right_length_is_taken),
		T(a_full_disk_leaves_the_old_file),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
