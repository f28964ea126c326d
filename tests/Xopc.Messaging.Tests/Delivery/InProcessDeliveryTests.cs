namespace Xopc.Messaging.Tests.Delivery;

public sealed class InProcessDeliveryTests : DeliveryContract
{
    private protected override Installation NewInstallation() => new(redis: null);
}
