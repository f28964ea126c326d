using Xopc.Channels.Accounts;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Intake;
using Xopc.Channels.Previews;
using Xopc.Storage.Migrations;

namespace Xopc.Channels;

/// <summary>The schema of <c>channels.db</c>. Storage's own series holds the outbox (turns), the inbox (deliveries) and the leases.</summary>
internal static class ChannelsSchema
{
    public const string Database = "channels";

    public static readonly MigrationSeries Series = new(Database,
    [
        new Migration(1, "deliveries and their parts", DeliveriesSchema.Tables),
        new Migration(2, "intake, pairing and allowed senders", IntakeSchema.Tables),
        new Migration(3, "accounts", AccountsSchema.Tables),
        new Migration(4, "previews of answers", PreviewsSchema.Tables),
        new Migration(5, "webchat, and what a delivery was cut into", DeliveriesSchema.CutAndInSession),
        new Migration(6, "deliveries of scheduled jobs", DeliveriesSchema.Occurrences),
    ]);
}
