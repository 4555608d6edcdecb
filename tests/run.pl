#!/usr/bin/env perl
# Run every test there is, two at a time, and count.
#
#   tests/run.pl [--long] [PATTERN...]
#   tests/run.pl --programs PROGRAM...
#
# Each test is a program that prints TAP. With patterns, only those tests
# run whose name has one of them; with programs, just these. What fails is
# told as it comes; the last line is `N passed, N failed, N skipped`. A
# program that breaks (no plan, a status other than 0, ended from outside)
# without a failed result of its own counts as one failure. The status is 0
# if nothing failed.
use strict;
use warnings;
use FindBin;
use Getopt::Long;
use TAP::Harness;

chdir "$FindBin::Bin/..";
GetOptions('long' => \my $long, 'programs' => \my $programs) or exit 2;

# Seconds for one test program; each bounds its machines itself, far below.
my $bound = $long ? 7200 : 900;

# For scripts that have more to try in the long run.
$ENV{TEST_LONG} = 1 if $long;

# ------------------------------------------------------------- what there is

# [command, name] of every test; what takes longest comes first.
sub machines {
    my $list = $long ? '--list-all' : '--list';
    return map { chomp; ["tests/boot/boot.py $_", "boot $_"] }
        `tests/boot/boot.py $list`;
}

sub host_worlds {
    my $arguments = $long ? ' --long' : '';
    return map { ["build/host/$_/selftest$arguments", "host $_"] }
        qw(gcc-64 gcc-32 clang-64 clang-32);
}

# The same with what the heap can check, all of it or, in the long run, each.
sub checked_heaps {
    my $arguments = $long ? ' --long' : '';
    my @switches = 'poison,redzone,quarantine,guard,trace';
    push @switches, qw(poison redzone quarantine guard guard-before trace)
        if $long;
    return map { ["build/host/gcc-32/selftest$arguments --heap=$_",
                  "host gcc-32 heap=$_"] } @switches;
}

# The user malloc, on this host.
sub mallocs {
    my $arguments = $long ? ' --long' : '';
    return map { ["build/host/malloc/$_/selftest$arguments", "umalloc $_"] }
        qw(gcc-64 gcc-32 clang-64 clang-32);
}

sub scripts {
    return map { [$_, $_] } grep { -x } glob
        'tests/boot/test_*.py tests/gdb/test_*.py tests/bench/test_*.py ' .
        'tests/tools/test_*.py tests/port/test_*.py tests/preload/test_*.py';
}

sub wanted_tests {
    return map { [$_, $_] } @ARGV if $programs;
    my $wanted = join '|', map { quotemeta } @ARGV;
    return grep { $_->[1] =~ $wanted } host_worlds(), checked_heaps(),
        mallocs(), scripts(), machines();
}

my @tests = wanted_tests();

# ------------------------------------------------------------------- running

# Say at once which results fail, with the comments on both sides.
sub tell_failures {
    my ($parser, $job) = @_;
    my ($failing, @comments) = (0);
    my $tell = sub { print STDERR map { "$job->[1]: $_\n" } @_ };
    $parser->callback(comment => sub {
        my $text = $_[0]->as_string;
        $failing ? $tell->($text) : push @comments, $text;
    });
    $parser->callback(test => sub {
        my ($result) = @_;
        $failing = !$result->is_ok;
        $tell->(@comments, $result->as_string) if $failing;
        @comments = ();
    });
    $parser->callback(EOF => sub {
        $tell->(@comments) if $parser->parse_errors;
    });
}

my $harness = TAP::Harness->new({
    jobs => 2,
    merge => 0,
    timer => 1,
    exec => sub {
        my (undef, $command) = @_;
        return ['timeout', '-k', 5, $bound, split ' ', $command];
    },
});
$harness->callback(made_parser => \&tell_failures);
my $all = $harness->runtests(@tests);

# ------------------------------------------------------------------ counting

my ($passed, $failed, $skipped) = (0, 0, 0);
for my $parser ($all->parsers) {
    my $skips = $parser->skipped;
    my $broken = $parser->exit || $parser->wait || $parser->parse_errors;
    $skipped += $skips || !!$parser->skip_all;
    $passed += $parser->passed - $skips;
    $failed += $parser->failed || !!$broken;
}
printf "%d passed, %d failed, %d skipped\n", $passed, $failed, $skipped;
exit($failed || !@tests ? 1 : 0);
