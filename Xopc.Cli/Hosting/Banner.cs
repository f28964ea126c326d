using Spectre.Console;
using Xopc.Cli.Terminal;

namespace Xopc.Cli.Hosting;

/// <summary>What a person who has just started the gateway wants to know.</summary>
/// <param name="Url">Where a client on this machine asks.</param>
/// <param name="Reach">Who else can reach it; null when nobody.</param>
/// <param name="Credential">Masked, or in words.</param>
/// <param name="NeedsCredential">False in mode none.</param>
/// <param name="Model">What will answer; null when it is not known here.</param>
/// <param name="StateDirectory">Where everything lies.</param>
/// <param name="Notes">Further facts, one line each.</param>
internal sealed record BannerFacts(
    string Url, string? Reach, string Credential, bool NeedsCredential, string? Model, string StateDirectory, IReadOnlyList<string> Notes);

/// <summary>Prints the banner: decorated for a terminal, plain lines otherwise.</summary>
internal static class Banner
{
    public static void Print(BannerFacts facts, string version, CommandIo io)
    {
        if (io.Decorated)
        {
            PrintDecorated(facts, version, io);
        }
        else
        {
            PrintPlain(facts, version, io.Out);
        }

        io.Out.Flush();
    }

    /// <summary>A first conversation, to copy: with curl, and with this program.</summary>
    internal static IReadOnlyList<string> NextSteps(BannerFacts facts)
    {
        var header = facts.NeedsCredential ? " -H \"Authorization: Bearer $(xopc gateway token)\"" : "";
        return
        [
            $"curl {facts.Url}/api/agent{header} -H \"Content-Type: application/json\" -d '{{\"message\":\"Hello\"}}'",
            "xopc agent -m \"Hello\"",
        ];
    }

    private static IEnumerable<(string Name, string Value)> Rows(BannerFacts facts)
    {
        yield return ("URL", facts.Reach is null ? facts.Url : $"{facts.Url} ({facts.Reach})");
        yield return (facts.NeedsCredential ? "Token" : "Access", facts.Credential);
        if (facts.Model is not null)
        {
            yield return ("Model", facts.Model);
        }

        yield return ("State", facts.StateDirectory);
        foreach (var note in facts.Notes)
        {
            yield return ("Note", note);
        }
    }

    private static void PrintPlain(BannerFacts facts, string version, TextWriter output)
    {
        output.WriteLine($"Xopc {version} is ready. Ctrl+C stops it.");
        foreach (var (name, value) in Rows(facts))
        {
            output.WriteLine($"  {name + ":",-7} {value}");
        }

        output.WriteLine("Try:");
        foreach (var step in NextSteps(facts))
        {
            output.WriteLine("  " + step);
        }
    }

    private static void PrintDecorated(BannerFacts facts, string version, CommandIo io)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(io.Out) });
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (name, value) in Rows(facts))
        {
            grid.AddRow(new Markup($"[grey]{name}[/]"), new Text(value, name == "Note" ? new Style(Color.Yellow) : Style.Plain));
        }

        console.MarkupLineInterpolated($"[bold]Xopc[/] {version} [green]is ready[/]. [grey]Ctrl+C stops it.[/]");
        console.Write(grid);
        console.MarkupLine("[grey]Try[/]");
        foreach (var step in NextSteps(facts))
        {
            // Past the console's wrapping: a line that is to be copied must stay one line.
            io.Out.WriteLine("  " + step);
        }
    }
}
