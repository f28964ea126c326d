using Xopc.Cli.Commands;

return await CommandLine.RunAsync(args, CliContext.OfProcess(), CancellationToken.None);
