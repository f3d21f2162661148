# Tally.pm: a TAP harness that also writes down what it counted.
#
# Used by test/run.sh for everything that prove and pg_prove run:
#   HARNESS_SUBCLASS=Tally PERL5LIB=test/perl RETENTION_TALLY=file prove ...
# Each run appends one line, "PASSED FAILED SKIPPED", to the file.

package Tally;

use strict;
use warnings;
use parent 'TAP::Harness';

sub summary
{
	my ($self, $aggregate, @more) = @_;

	$self->SUPER::summary($aggregate, @more);

	my ($passed, $failed, $skipped) = (0, 0, 0);
	for my $parser ($aggregate->parsers)
	{
		my $skips = () = $parser->skipped;
		$passed += $parser->passed - $skips;
		$failed += $parser->failed;
		$skipped += $skips + (defined $parser->skip_all ? 1 : 0);

		# A file that died or did not keep its plan is a failure of its own;
		# an exit status alone may just repeat that assertions failed.
		my $died = $parser->wait || $parser->exit;
		$failed++ if $parser->parse_errors || ($died && !$parser->failed);
	}

	open my $tally, '>>', $ENV{RETENTION_TALLY}
	  or die "cannot write $ENV{RETENTION_TALLY}: $!";
	print $tally "$passed $failed $skipped\n";
	close $tally;
	return;
}

1;
