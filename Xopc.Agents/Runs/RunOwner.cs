using System.Diagnostics;
using System.Globalization;
using Xopc.Agents.Turns;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>
/// This process's name on leases: <c>{host}/{pid}/{start}/{random}</c>. Host, pid and start time let a successor on the same host see that an owner is dead
/// and take over at once instead of after the lease's 30 s.
/// </summary>
internal sealed class RunOwner([FromKeyedServices(AgentsSchema.Database)] Database database, TimeProvider clock)
{
    private static readonly string Self = Describe();

    public string Name => Self;

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
        var parts = owner.Split('/');
        if (parts is not [var host, var pidText, var start, _] || host != Environment.MachineName || !int.TryParse(pidText, out var pid))
        {
            return false; // of another host, or not of our making: its lease runs out by itself
        }

        try
        {
            using var process = Process.GetProcessById(pid);
            return StartOf(process) != start;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }

    private static string Describe()
    {
        using var process = Process.GetCurrentProcess();
        return $"{Environment.MachineName}/{process.Id}/{StartOf(process)}/{Guid.NewGuid():N}";
    }

    private static string StartOf(Process process) => process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
}
