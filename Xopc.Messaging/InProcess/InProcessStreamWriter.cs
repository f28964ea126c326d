using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.Messaging.InProcess;

/// <summary>
/// The streams of one process: the relay's rows go straight to the registered intake, and its answer is the confirmation. The tables, the order and the
/// attempts are the same as over Redis; only the entry between them is missing.
/// </summary>
internal sealed partial class InProcessStreamWriter(Lazy<IReadOnlyDictionary<string, IntakeAcceptor>> intakes, ILogger<InProcessStreamWriter> logger) : IStreamWriter
{
    private readonly ILogger<InProcessStreamWriter> _logger = logger;
    private readonly ConcurrentDictionary<string, bool> _unreceived = new(StringComparer.Ordinal);

    /// <summary>A batch is one transaction, in order.</summary>
    public bool KeepsKeysTogether => true;

    public async Task<IReadOnlyList<PublishOutcome>> PublishAsync(IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken)
    {
        var outcomes = new PublishOutcome[messages.Count];
        foreach (var stream in Enumerable.Range(0, messages.Count).GroupBy(i => messages[i].Stream, StringComparer.Ordinal))
        {
            var places = stream.ToList();
            if (!intakes.Value.TryGetValue(stream.Key, out var acceptor))
            {
                places.ForEach(i => outcomes[i] = PublishOutcome.Later);
                if (_unreceived.TryAdd(stream.Key, true))
                {
                    LogNobodyReceives(stream.Key);
                }

                continue;
            }

            var accepted = await acceptor.AcceptAsync(places.ConvertAll(i => messages[i]), cancellationToken);
            for (var n = 0; n < places.Count; n++)
            {
                outcomes[places[n]] = accepted[n] is IntakeOutcome.KeyFull or IntakeOutcome.Failed ? PublishOutcome.Later : PublishOutcome.Confirmed;
            }
        }

        return outcomes;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No service in this process receives {Stream}; its messages wait in the outbox.")]
    private partial void LogNobodyReceives(string stream);
}
