using System.Diagnostics;
using Xopc.Load.Measuring;
using Xopc.Load.Wire;

namespace Xopc.EdgeLoad.Driving;

/// <summary>Clients that ask again as soon as they have their answer. Every answer must be 200.</summary>
internal static class ClosedLoop
{
    public static async Task<Samples> AskAsync(WireConnection connection, ReadOnlyMemory<byte> request, Func<int, bool> goOn, CancellationToken cancellationToken)
    {
        var samples = new Samples();
        for (var i = 0; goOn(i); i++)
        {
            var start = Stopwatch.GetTimestamp();
            var (status, _) = await connection.AskAsync(request, cancellationToken);
            samples.AddSince(start);
            if (status != 200)
            {
                throw new InvalidDataException($"An answer of {status} instead of 200.");
            }
        }

        return samples;
    }

    public static async Task<LoadOutcome> LoadAsync(Target target, int clients, TimeSpan time, CancellationToken cancellationToken)
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => target.OpenAsync(cancellationToken)));
        try
        {
            var (cpuAll, cpuHost) = target.CpuMilliseconds();
            var began = Stopwatch.GetTimestamp();
            var parts = await Task.WhenAll(connections.Select(
                connection => Task.Run(() => AskAsync(connection, target.Request, _ => Stopwatch.GetElapsedTime(began) < time, cancellationToken), cancellationToken)));
            var took = Stopwatch.GetElapsedTime(began);
            var (cpuAllAfter, cpuHostAfter) = target.CpuMilliseconds();
            var samples = Samples.Merge(parts);
            return new LoadOutcome(samples, samples.Count / took.TotalSeconds, (cpuAllAfter - cpuAll) * 1000 / samples.Count, (cpuHostAfter - cpuHost) * 1000 / samples.Count);
        }
        finally
        {
            Array.ForEach(connections, static connection => connection.Dispose());
        }
    }
}

/// <summary>What a time under load came to; processor time per request in microseconds.</summary>
internal sealed record LoadOutcome(Samples Times, double PerSecond, double CpuAll, double CpuHost);
