using System.Diagnostics;

namespace Xopc.Agents.Tests;

/// <summary>The service as a process of its own.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("xopc.json", "{ \"gateway\": ", "xopc.json")]
    [InlineData("data/agents.db", "this is no database, and it is long enough to be looked at as one", "agents.db")]
    public async Task What_only_a_person_can_mend_is_told_and_ends_with_78(string file, string content, string named)
    {
        using var state = new Xopc.Testing.Storage.TempDirectory();
        Directory.CreateDirectory(Path.GetDirectoryName(state.File(file))!);
        await File.WriteAllTextAsync(state.File(file), content, AgentsHost.Cancelled);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Xopc.Agents.dll")])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = state.Path,
        };
        foreach (var inherited in start.Environment.Keys.Where(name => name.StartsWith("XOPC_", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["XOPC_STATE_DIR"] = state.Path;
        start.Environment["XOPC_DETECT_OLLAMA"] = "false";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ConnectionStrings__redis"] = "127.0.0.1:1,abortConnect=false";

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(AgentsHost.Cancelled);
        var error = await process.StandardError.ReadToEndAsync(AgentsHost.Cancelled).WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled);
        await process.WaitForExitAsync(AgentsHost.Cancelled).WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled);

        Assert.Equal(78, process.ExitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", error + await output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
