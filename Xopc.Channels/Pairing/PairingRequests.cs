using System.Text.Json;
using Xopc.Channels.Accounts;
using Xopc.Channels.Intake;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Pairing;

/// <summary>Answers strangers: the first message of one brings him a code to show the operator, the next ones nothing.</summary>
internal sealed class PairingRequests([FromKeyedServices(ChannelsSchema.Database)] Database database, IEventLog events, TimeProvider clock)
{
    /// <summary>The group's outcome: the request, the word to the sender, one transaction.</summary>
    public async Task AskAsync(KeyLease lease, IReadOnlyList<IntakeRow> group, AccountSettings settings)
    {
        var message = group[0].Message;
        var now = clock.GetUtcNow();
        var outcome = await database.WriteAsync(
            tx =>
            {
                var (asked, request) = PairingTable.Ask(tx, message.Channel, message.AccountId, message.SenderId, message.SenderName, now.ToUnixTimeMilliseconds());
                if (asked == PairingOutcome.Asked)
                {
                    IntakeNotice.Add(tx, message, $"pairing:{group[0].Id}", Words(settings, request!), now);
                }

                IntakeTable.End(tx, lease, group, IntakeStates.Pairing, asked == PairingOutcome.Full ? "pairing-full" : "pairing-required", null, now.ToUnixTimeMilliseconds());
                FaultPoint.Reach("pairing.writing");
                return asked;
            },
            CancellationToken.None);
        FaultPoint.Reach("pairing.committed");
        if (outcome != PairingOutcome.Full)
        {
            Tell(outcome == PairingOutcome.Asked ? "requested" : "refreshed", message.Channel, message.AccountId, message.SenderId);
        }
    }

    /// <summary>The event <c>channels.pairing.{what}</c>; of the whole installation, so no limited key hears it.</summary>
    public void Tell(string what, string channel, string accountId, string senderId) =>
        events.Publish(new EventMessage(
            $"channels.pairing.{what}", null, JsonSerializer.SerializeToUtf8Bytes(new PairingChanged(channel, accountId, senderId), ChannelsJson.Default.PairingChanged)));

    private static string Words(AccountSettings settings, PairingRequest request) =>
        $"""
        This assistant answers only people its owner has let in.

        Your id: `{request.SenderId}`
        Your code: `{request.Code}` (good for {PairingTable.Lifetime.TotalMinutes:0} minutes)

        The owner lets you in with:

        `xopc channels pairing approve --channel {settings.Channel} --account {settings.AccountId} {request.Code}`
        """;
}
