using System.Globalization;
using System.Runtime.Versioning;
using Xopc.Contracts;

namespace Xopc.Storage;

/// <summary>
/// This process's name on the leases of one database, and their renewal: <c>{host}/{pid}/{start}/{random}</c>. Host, pid and start time let a successor on the same host see that an owner is dead
/// and take over at once instead of after the lease's 30 s. In doubt an owner is alive: its leases run out by themselves.
/// </summary>
public sealed class LeaseOwner(Database database, TimeProvider clock)
{
    /// <summary>How long a lease outlives a holder that does not renew it.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromSeconds(30);

    /// <summary>A quarter of the lease: three renewals may fail before anybody else takes over.</summary>
    public static readonly TimeSpan RenewEvery = Duration / 4;

    /// <summary>How often to look for leases of processes that were killed: so long stand their keys still.</summary>
    public static readonly TimeSpan LookForDeadEvery = TimeSpan.FromSeconds(2);

    /// <summary>Unique per start of the process and database.</summary>
    public string Name { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{StartOf(Environment.ProcessId) ?? "-"}/{Guid.NewGuid():N}";

    /// <summary>Extends every lease that stands in this name.</summary>
    public Task RenewAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            tx => { KeyLeases.RenewAll(tx, Name, clock.GetUtcNow().Add(Duration).ToUnixTimeMilliseconds()); }, Durability.Relaxed, cancellationToken);

    /// <summary>Ends the leases of processes of this host that are gone.</summary>
    public async Task BreakLeasesOfTheDeadAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var owners = await database.ReadAsync(
            reader => reader.Query("SELECT DISTINCT owner FROM key_leases WHERE until_ms > @now", static row => row.GetString(0), ("now", now)), cancellationToken);
        foreach (var owner in owners.Where(IsDead))
        {
            FaultPoint.Reach("lease.breaking");
            await database.WriteAsync(tx => { KeyLeases.RenewAll(tx, owner, 0); }, Durability.Relaxed, cancellationToken);
            FaultPoint.Reach("lease.broken");
        }
    }

    /// <summary>Whether a process of this host by that name is surely gone; of other hosts nobody can know.</summary>
    public static bool IsDead(string owner)
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
