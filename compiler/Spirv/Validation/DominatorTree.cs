namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>
/// Dominators of a graph whose root is node 0. Lengauer and Tarjan, "A fast algorithm for finding dominators in a
/// flowgraph" (1979), the simple version: O(edges log nodes), also for graphs made to be slow.
/// </summary>
internal sealed class DominatorTree
{
    private readonly int[] enter, leave;
    private readonly int[] dfsEnter, dfsLeave;

    /// <summary>Immediate dominator of each node; -1 for the root and for nodes that it does not reach.</summary>
    public int[] Idom { get; }

    /// <summary>Reached nodes such that each comes after its dominators.</summary>
    public int[] Preorder { get; }

    /// <param name="start">Where each node's successors start in <paramref name="successors"/>, and one more.</param>
    public DominatorTree(int[] start, int[] successors)
    {
        int n = start.Length - 1;
        Idom = new int[n];
        enter = new int[n];
        leave = new int[n];
        dfsEnter = new int[n];
        dfsLeave = new int[n];
        Array.Fill(Idom, -1);
        Array.Fill(enter, -1);
        Array.Fill(dfsEnter, -1);
        int[] vertex = new int[n], parent = new int[n];
        int reached = Search(start, successors, vertex, parent);
        Preorder = new int[reached];
        if (reached == 0)
            return;
        Compute(start, successors, vertex, parent, reached);
        Number(reached, vertex);
    }

    public bool IsReached(int node) => dfsEnter[node] >= 0;

    /// <summary>Both must be reached. A node dominates itself.</summary>
    public bool Dominates(int a, int b) => enter[a] <= enter[b] && leave[b] <= leave[a];

    /// <summary>Whether an edge closes a cycle of the depth-first search: its target is an ancestor of its source.</summary>
    public bool IsRetreating(int from, int to) => dfsEnter[to] <= dfsEnter[from] && dfsLeave[from] <= dfsLeave[to];

    // Depth-first numbers; vertex: number to node; parent: by number.
    private int Search(int[] start, int[] successors, int[] vertex, int[] parent)
    {
        int count = 0, clock = 0;
        var stack = new Stack<(int Node, int Next)>();
        if (Idom.Length == 0)
            return 0;
        dfsEnter[0] = clock++;
        int[] number = numbers = new int[Idom.Length];
        Array.Fill(number, -1);
        number[0] = count;
        vertex[count++] = 0;
        stack.Push((0, start[0]));
        while (stack.Count > 0)
        {
            (int node, int next) = stack.Pop();
            if (next == start[node + 1])
            {
                dfsLeave[node] = clock++;
                continue;
            }
            stack.Push((node, next + 1));
            int s = successors[next];
            if (number[s] >= 0)
                continue;
            dfsEnter[s] = clock++;
            number[s] = count;
            parent[count] = number[node];
            vertex[count++] = s;
            stack.Push((s, start[s]));
        }
        return count;
    }

    private int[] numbers = [];

    private void Compute(int[] start, int[] successors, int[] vertex, int[] parent, int reached)
    {
        (int[] predecessorStart, int[] predecessors) = Reverse(start, successors, reached, vertex);
        int[] semi = new int[reached], label = new int[reached], ancestor = new int[reached], idom = new int[reached];
        int[] bucketHead = new int[reached], bucketNext = new int[reached];
        Array.Fill(ancestor, -1);
        Array.Fill(bucketHead, -1);
        for (int i = 0; i < reached; i++)
            semi[i] = label[i] = i;
        var path = new Stack<int>();
        for (int w = reached - 1; w > 0; w--)
        {
            for (int k = predecessorStart[w]; k < predecessorStart[w + 1]; k++)
                semi[w] = Math.Min(semi[w], semi[Evaluate(predecessors[k], ancestor, label, semi, path)]);
            bucketNext[w] = bucketHead[semi[w]];
            bucketHead[semi[w]] = w;
            ancestor[w] = parent[w];
            for (int v = bucketHead[parent[w]]; v >= 0; v = bucketNext[v])
            {
                int u = Evaluate(v, ancestor, label, semi, path);
                idom[v] = semi[u] < semi[v] ? u : parent[w];
            }
            bucketHead[parent[w]] = -1;
        }
        for (int w = 1; w < reached; w++)
        {
            if (idom[w] != semi[w])
                idom[w] = idom[idom[w]];
            Idom[vertex[w]] = vertex[idom[w]];
        }
    }

    // The node with the smallest semidominator on the way up to the forest's root, with path compression.
    private static int Evaluate(int v, int[] ancestor, int[] label, int[] semi, Stack<int> path)
    {
        if (ancestor[v] < 0)
            return v;
        for (int u = v; ancestor[ancestor[u]] >= 0; u = ancestor[u])
            path.Push(u);
        while (path.TryPop(out int u))
        {
            int a = ancestor[u];
            if (semi[label[a]] < semi[label[u]])
                label[u] = label[a];
            ancestor[u] = ancestor[a];
        }
        return label[v];
    }

    private (int[] Start, int[] Nodes) Reverse(int[] start, int[] successors, int reached, int[] vertex)
    {
        int[] counts = new int[reached + 1];
        for (int v = 0; v < reached; v++)
        {
            for (int k = start[vertex[v]]; k < start[vertex[v] + 1]; k++)
                counts[numbers[successors[k]] + 1]++;
        }
        for (int v = 0; v < reached; v++)
            counts[v + 1] += counts[v];
        int[] nodes = new int[counts[reached]], fill = counts[..reached];
        for (int v = 0; v < reached; v++)
        {
            for (int k = start[vertex[v]]; k < start[vertex[v] + 1]; k++)
                nodes[fill[numbers[successors[k]]]++] = v;
        }
        return (counts, nodes);
    }

    // Numbers the tree so that "dominates" is a comparison. Children come in the order of the depth-first search.
    private void Number(int reached, int[] vertex)
    {
        int[] firstChild = new int[Idom.Length], sibling = new int[Idom.Length];
        Array.Fill(firstChild, -1);
        for (int i = reached - 1; i > 0; i--)
        {
            int node = vertex[i];
            sibling[node] = firstChild[Idom[node]];
            firstChild[Idom[node]] = node;
        }
        sibling[0] = -1;
        int clock = 0, count = 0;
        for (int node = 0; node >= 0;)
        {
            enter[node] = clock++;
            Preorder[count++] = node;
            if (firstChild[node] >= 0)
            {
                node = firstChild[node];
                continue;
            }
            while (node >= 0)
            {
                leave[node] = clock++;
                if (node != 0 && sibling[node] >= 0)
                {
                    node = sibling[node];
                    break;
                }
                node = Idom[node];
            }
        }
    }
}
