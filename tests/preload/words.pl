# Hashes, lists and strings of all lengths: words are made up, counted, joined
# and taken apart. Prints what must come out the same whatever the heap does.
use strict;
use warnings;

my $state = 1;
sub below { $state = ($state * 1103515245 + 12345) % 2147483648;
            return int($state / 65536) % $_[0] }

sub word { return join '', map { chr 97 + below(26) } 0 .. below(12) }

my (%count, @lines);
for (1 .. 3000) {
    my @words = map { word() } 0 .. below(12);
    $count{$_}++ for @words;
    push @lines, join ' ', @words;
}

my %by_length;
push @{ $by_length{length $_} }, $_ for sort keys %count;
printf "%d: %d words, %s\n", $_, scalar @{ $by_length{$_} }, $by_length{$_}[0]
    for sort { $a <=> $b } keys %by_length;

# Long strings that grow, and are cut.
my $text = '';
$text .= "$_\n" for @lines;
my $turned = join "\n", map { scalar reverse } split /\n/, $text;
$turned =~ s/([aeiou])/<$1>/g;
printf "%d bytes, %d when turned; checksum %d\n", length $text, length $turned,
    unpack '%32C*', $turned;

# A tree that is thrown away from its root on.
sub tree { my $deep = shift;
           return $deep ? { map { $_ => tree($deep - 1) } 1 .. 3 } : [word()] }
sub leaves { my $node = shift; my $sum = 0;
             return 1 if ref $node eq 'ARRAY';
             $sum += leaves($_) for values %$node;
             return $sum }
print leaves(tree(7)), " leaves\n" for 1 .. 2;
