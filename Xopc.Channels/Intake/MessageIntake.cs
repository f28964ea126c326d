using System.Diagnostics;
using Xopc.Channels.Accounts;
using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>The first step of a message: on the disk before the platform is told.</summary>
internal sealed class MessageIntake([FromKeyedServices(ChannelsSchema.Database)] Database database, IAccounts accounts, IntakeLanes lanes, TimeProvider clock) : IIntake
{
    public async Task TakeAsync(IReadOnlyList<InboundMessage> messages, KeyLease? ownership, Action<DatabaseTransaction> acknowledge, CancellationToken cancellationToken)
    {
        var trace = Activity.Current?.Id;
        await database.WriteAsync(
            tx =>
            {
                if (ownership is not null)
                {
                    KeyLeases.Verify(tx, ownership);
                }

                var now = clock.GetUtcNow();
                foreach (var message in messages)
                {
                    Take(tx, message, trace, now);
                }

                acknowledge(tx);
                FaultPoint.Reach("intake.writing");
            },
            cancellationToken);
        FaultPoint.Reach("intake.committed");
        if (messages.Count > 0)
        {
            lanes.Wake();
        }
    }

    private void Take(DatabaseTransaction transaction, InboundMessage message, string? trace, DateTimeOffset now)
    {
        var nowMs = now.ToUnixTimeMilliseconds();
        if (IntakeTable.CountOpen(transaction, IntakeTable.KeyOf(message)) < IntakeTable.MaxOpen)
        {
            IntakeTable.Add(transaction, message, DebounceOf(message), trace, nowMs);
        }
        else if (IntakeTable.Refuse(transaction, message, nowMs))
        {
            // Said once a minute: whoever floods is not answered with a flood.
            IntakeNotice.Add(
                transaction, message, $"full:{IntakeTable.KeyOf(message)}:{nowMs / 60_000}", $"{IntakeTable.MaxOpen} messages are waiting here already; what you sent now was not taken. Please send it again later.", now);
        }
    }

    private TimeSpan DebounceOf(InboundMessage message) => accounts.Find(message.Channel, message.AccountId).Account?.Settings.Debounce ?? TimeSpan.Zero;
}
