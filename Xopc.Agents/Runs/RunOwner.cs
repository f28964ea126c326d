using System.Globalization;
using System.Runtime.Versioning;
using Xopc.Agents.Turns;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>
/// This process's name on leases: <c>{host}/{pid}/{start}/{random}</c>. Host, pid and start time let a successor on the same host see that an owner is dead
/// and take over at once instead of after the lease's 30 s. In doubt an owner is alive: its leases run out by themselves.
/// </summary>
internal sealed class RunOwner([FromKeyedServices(AgentsSchema.Database)] Database database, TimeProvider clock)
{
    public string Name { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{StartOf(Environment.ProcessId) ?? "-"}/{Guid.NewGuid():N}";

    public Task RenewAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            tx => { KeyLeases.RenewAll(tx, Name, clock.GetUtcNow().Add(TurnStore.LeaseDuration).ToUnixTimeMilliseconds()); }, Durability.Relaxed, cancellationToken);

    public async Task BreakLeasesOfTheDeadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var owners = await database.ReadAsync(
            reader => reader.Query("SELECT DISTINCT owner FROM key_leases WHERE until_ms > @now", static row => row.GetString(0), ("now", now)), cancellationToken);
        foreach (var owner in owners.Where(IsDead))
        {
            await database.WriteAsync(tx => { KeyLeases.RenewAll(tx, owner, 0); }, Durability.Relaxed, cancellationToken);
        }
    }

    internal static bool IsDead(string owner)
    {
        if (!OperatingSystem.IsLinux()
            || owner.Split('/') is not [var host, var pidText, var start, _] || host != Environment.MachineName || start == "-"
            || !int.TryParse(pidText, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            return false;
        }

        return !Directory.Exists($"/proc/{pid}") || (StartOf(pid) is { } actual && actual != start);
    }

    private static string? StartOf(int pid) => OperatingSystem.IsLinux() ? StartInTicks(pid) : null;

    // 4711 (name (with) blanks) S 1 … — field 22 is the start in clock ticks since boot, the same for every reader; Process.StartTime is not.
    [SupportedOSPlatform("linux")]
    private static string? StartInTicks(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
