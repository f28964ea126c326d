using Xopc.Channels.Accounts;
using Xopc.Channels.Previews;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>The answer that people saw growing: its first part is put in the place of what they saw.</summary>
internal sealed partial class DeliverySending
{
    private static readonly TimeSpan TakeAwayTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Null: the first part is there and the next one follows.</summary>
    private async Task<Over?> AnswerAsync(
        KeyLease lease, Delivery delivery, IEditingAccount account, PreviewRow preview, PartStep step, CancellationToken stopping)
    {
        if (!preview.TakesAnswer)
        {
            await TakeAwayAsync(delivery, account, preview);
            return await SendPartAsync(lease, delivery, account, step, stopping);
        }

        if (stopping.IsCancellationRequested)
        {
            await PostponeAsync(lease, delivery, delivery.Reason, TimeSpan.Zero);
            return LetGo;
        }

        var wait = await rates.TryTakeAsync(SendRates.OwnerOf(account.Settings), delivery.Target, RatesOf(delivery.Target.Channel));
        if (!wait.MayGo)
        {
            await PostponeAsync(lease, delivery, delivery.Reason, wait.IsPause ? TimeSpan.Zero : wait.Time);
            return LetGo;
        }

        var begun = await database.WriteAsync(
            tx =>
            {
                if (!PreviewTable.Become(tx, preview.TurnId, PreviewStates.Shown, PreviewStates.Answering, NowMs()))
                {
                    return false; // it was taken away between
                }

                DeliveryLedger.BeginPart(tx, lease, delivery, step.Part.No, labelled: false, NowMs());
                return true;
            },
            CancellationToken.None);
        if (!begun)
        {
            return await SendPartAsync(lease, delivery, account, step, stopping);
        }

        news.Tell(delivery, DeliveryStates.Sending, null);
        var result = await HandOverAsync(delivery, patience => account.EditAsync(delivery.Target, preview.MessageId!, step.Part, patience));
        return await AnsweredAsync(lease, delivery, account, preview, step, result, stopping);
    }

    private async Task<Over?> AnsweredAsync(
        KeyLease lease, Delivery delivery, IEditingAccount account, PreviewRow preview, PartStep step, SendResult result, CancellationToken stopping)
    {
        switch (result)
        {
            case SendResult.Sent sent:
                ChannelsTelemetry.Handed(delivery.Target.Channel, result);
                return await SentAsync(lease, delivery, step, sent, tx => PreviewTable.Drop(tx, preview.TurnId));
            case SendResult.Refused { OfPeer: false }:
                // This message cannot be changed: it was taken away, or is too old. The answer comes as one of its own.
                ChannelsTelemetry.Handed(delivery.Target.Channel, result);
                await RecordAsync(tx =>
                {
                    DeliveryLedger.PartBack(tx, lease, delivery, step.Part.No);
                    PreviewTable.Drop(tx, preview.TurnId);
                });
                return await SendPartAsync(lease, delivery, account, step, stopping);
            case SendResult.Moved:
                await RecordAsync(tx => PreviewTable.Drop(tx, preview.TurnId)); // its number is one of the old place
                break;
            case not SendResult.Unknown when step.Row is null:
                await RecordAsync(tx => PreviewTable.Become(tx, preview.TurnId, PreviewStates.Answering, PreviewStates.Shown, NowMs()));
                break;
        }

        // An unknown outcome is tried again without a mark: the same words in the same place are not said twice.
        return await RecordAsync(lease, delivery, SendRates.OwnerOf(account.Settings), step, result, (step.Row?.Attempt ?? 0) + 1);
    }

    // An earlier change may still be on its way to it and would undo the answer; or nobody knows which message it is, and it stays as it is, visibly unfinished.
    private async Task TakeAwayAsync(Delivery delivery, IEditingAccount account, PreviewRow preview)
    {
        if (preview.MessageId is not { } message)
        {
            return;
        }

        using var patience = new CancellationTokenSource(TakeAwayTimeout, clock);
        try
        {
            if (await account.DeleteAsync(delivery.Target, message, patience.Token))
            {
                await RecordAsync(tx => PreviewTable.Drop(tx, preview.TurnId));
            }
        }
        catch (OperationCanceledException)
        {
            // The sweep tries again when the answer is there.
        }
        catch (Exception ex)
        {
            LogSendThrew(ex, delivery.Id);
        }
    }
}
