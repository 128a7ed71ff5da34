// ui.js: what every page and part is made of: preact, its hooks, and htm bound to it.
import { h, render, Fragment } from '../vendor/preact.js';
import { useState, useEffect, useLayoutEffect, useMemo, useRef, useReducer, useCallback } from '../vendor/hooks.js';
import htm from '../vendor/htm.js';

const html = htm.bind(h);

export { html, h, render, Fragment, useState, useEffect, useLayoutEffect, useMemo, useRef, useReducer, useCallback };
