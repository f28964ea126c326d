using Xopc.Cli.Commands;
using Xopc.Cli.Terminal;

namespace Xopc.Cli.Tests;

/// <summary>The command line in this process, with its streams and environment in the test's hands.</summary>
internal sealed class Cli : IDisposable
{

    public Dictionary<string, string> Environment { get; } = [];

    public Interrupts Interrupts { get; } = new();

    public TextReader Input { get; set; } = TextReader.Null;

    public Screen Screen { get; } = new();

    public Screen ErrorScreen { get; } = new();

    public bool Decorated { get; set; }

    /// <summary>Stands in for the browser.</summary>
    public Func<Uri, bool> OpenBrowser { get; set; } = static _ => false;

    /// <summary>Options that follow every command.</summary>
    public string[] Always { get; init; } = [];

    public string Out => Screen.ToString();

    public string Error => ErrorScreen.ToString();

    public CliContext Context => new(new CommandIo(Screen, ErrorScreen, Input, Decorated), name => Environment.GetValueOrDefault(name), Interrupts, TimeProvider.System) { OpenBrowser = OpenBrowser };

    public Task<int> RunAsync(params string[] args) =>
        CommandLine.RunAsync([.. args, .. Always], Context, TestContext.Current.CancellationToken).Within($"'xopc {string.Join(' ', args)}' did not end");

    public void Dispose()
    {
        Interrupts.Dispose();
        Screen.Dispose();
        ErrorScreen.Dispose();
    }
}
