using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Xopc.Contracts;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>The points are where the list says, and only in builds for the tests.</summary>
public sealed partial class FaultPointTests
{
    private const string Symbol = "XOPC_FAULT_POINTS";

    [Fact]
    public void Every_point_of_the_list_is_called_once_and_every_call_is_in_the_list()
    {
        Assert.SkipUnless(FaultMatrix.IsBuilt, FaultMatrix.NotBuilt);

        var calls = CalledPoints.Under(AppContext.BaseDirectory);

        Assert.Equal(FaultCases.All.Select(point => point.Name).Order(StringComparer.Ordinal), calls.Select(call => call.Name).Order(StringComparer.Ordinal));
        Assert.Equal(calls.Count, calls.Select(call => call.Name).Distinct().Count());
        Assert.True(calls.Count >= 40);
    }

    [Fact]
    public void The_document_of_guarantees_explains_every_point()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(FaultMatrix.Root, "docs", "guarantees.md"))).Select(row => (row.Groups[1].Value, row.Groups[2].Value));

        Assert.Equal(FaultCases.All.Select(point => (point.Name, point.Meaning)), rows);
    }

    [Fact]
    public async Task A_build_that_nobody_asked_for_points_has_none()
    {
        Assert.Equal([Symbol], typeof(FaultPoint).GetMethod(nameof(FaultPoint.Reach))!.GetCustomAttributes<ConditionalAttribute>().Select(attribute => attribute.ConditionString));

        // The compiler leaves out the calls, names and all, where the symbol is not defined: so what has to be shown is that it is not.
        foreach (var project in new[] { "Xopc.Cli", "Xopc.Channels" })
        {
            var ordinary = await DotnetAsync("msbuild", $"{project}/{project}.csproj", "-getProperty:DefineConstants", "-p:Configuration=Release");
            var tested = await DotnetAsync("msbuild", $"{project}/{project}.csproj", "-getProperty:DefineConstants", "-p:Configuration=Release", "-p:XopcFaultPoints=true");

            Assert.DoesNotContain(Symbol, ordinary, StringComparison.Ordinal);
            Assert.Contains(Symbol, tested, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_published_program_contains_no_point()
    {
        Assert.SkipUnless(FaultMatrix.IsFull, "Publishes the program: only with --full.");
        var to = Directory.CreateTempSubdirectory("xopc-publish-").FullName;

        await DotnetAsync("publish", "Xopc.Cli/Xopc.Cli.csproj", "--no-restore", "-c", "Release", "-o", to, "-v", "q", "-nodeReuse:false", "-p:UseSharedCompilation=false");

        Assert.True(File.Exists(Path.Combine(to, "Xopc.Channels.dll")));
        Assert.Empty(CalledPoints.Under(to));
        foreach (var file in Directory.EnumerateFiles(to, "Xopc.*.dll").Append(Path.Combine(to, "xopc.dll")))
        {
            Assert.Empty(CalledPoints.StringsOf(file).Intersect(FaultCases.All.Select(point => point.Name)));
        }

        Directory.Delete(to, recursive: true);
    }

    private static async Task<string> DotnetAsync(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", args) { WorkingDirectory = FaultMatrix.Root, RedirectStandardOutput = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var dotnet = Process.Start(start)!;
        var said = await dotnet.StandardOutput.ReadToEndAsync(Wait.Cancelled);
        await dotnet.WaitForExitAsync(Wait.Cancelled);
        Assert.True(dotnet.ExitCode == 0, said);
        return said;
    }

    // | `poll.received` | updates are in memory | …
    [GeneratedRegex(@"^\| `([a-z]+\.[a-z-]+)` \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
