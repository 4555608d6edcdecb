# Processes that fork while they have much: each child changes what it has
# inherited, allocates more, frees it, and tells its parent what it found.
use strict;
use warnings;

my %all = map { $_ => 'x' x ($_ % 300) } 1 .. 20000;

sub child {
    my $number = shift;
    delete $all{$_ * 7 + $number} for 1 .. 2000;
    my @more = map { $_ x ($number + 1) } 1 .. 3000;
    my $sum = 0;
    $sum += length for values %all, @more;
    return $sum;
}

for my $generation (1 .. 5) {
    my @pipes;
    for my $number (1 .. 4) {
        my $pid = open my $pipe, '-|';
        defined $pid or die "no child: $!";
        if (!$pid) {
            print child($generation * 4 + $number), "\n";
            exit 0;
        }
        push @pipes, $pipe;
    }
    print map { scalar readline $_ } @pipes;
    close $_ or die "a child failed: $?" for @pipes;
    delete $all{$_ * 11} for $generation * 100 .. $generation * 100 + 99;
}
printf "%d are left\n", scalar keys %all;
