"""Everything that runs the product on one machine: the engines that stand in for AWS, and what sets them up."""
