"""The packaged functions, each in a process of the Lambdas' own Python that has nothing but the zip."""
