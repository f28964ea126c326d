namespace Xopc.Gateway.Proxy;

/// <summary>
/// No connection to a service came about, so nothing of the request left: the only failure after which it may be sent again, whatever its method. Made
/// by the connect callback alone; a connection that breaks later, or one out of the pool, never has it.
/// </summary>
internal sealed class NotConnectedException(string message, Exception inner) : IOException(message, inner)
{
    public static bool IsCauseOf(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
        {
            if (error is NotConnectedException)
            {
                return true;
            }
        }

        return false;
    }
}
